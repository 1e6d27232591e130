// Captions and questions. Both looks use the same words in different sentences.
#include <span>

#include "llama32med/core/random.h"
#include "llama32med/core/strings.h"
#include "llama32med/data/phantoms.h"

namespace llama32med {
namespace {

using Sentences = std::span<const std::string_view>;

// Picks a sentence and fills its slots.
class Wording {
 public:
  Wording(const PhantomScene& scene, std::string_view purpose)
      : scene_(scene), random_(scene.key ^ fnv1a64(purpose)), several_(scene.lesions.size() > 1) {}

  std::string say(Sentences clinic, Sentences atlas) {
    const auto sentences = scene_.look == PhantomLook::kClinic ? clinic : atlas;
    return fill(sentences[random_.below(sentences.size())]);
  }
  void set(const std::string& slot, std::string value) { slots_.emplace_back("{" + slot + "}", std::move(value)); }
  bool toss() { return random_.below(2) == 0; }
  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }

 private:
  std::string fill(std::string_view sentence) const {
    std::string text(sentence);
    const auto replace = [&](const std::string& slot, const std::string& value) {
      for (auto at = text.find(slot); at != text.npos; at = text.find(slot, at + value.size()))
        text.replace(at, slot.size(), value);
    };
    for (const auto& [slot, value] : slots_) replace(slot, value);
    replace("{is}", several_ ? "are" : "is");
    replace("{Is}", several_ ? "Are" : "Is");
    replace("{does}", several_ ? "do" : "does");
    replace("{lesion}", several_ ? "lesions" : "lesion");
    return text;
  }

  const PhantomScene& scene_;
  RandomStream random_;
  bool several_;
  std::vector<std::pair<std::string, std::string>> slots_;
};

std::string side_name(PhantomSide side) { return side == PhantomSide::kLeft ? "left" : "right"; }
std::string size_name(LesionSize size) { return size == LesionSize::kSmall ? "small" : "large"; }
std::string tone_name(LesionTone tone) { return tone == LesionTone::kBright ? "bright" : "dark"; }
std::string with_article(PhantomModality modality) {
  return (modality == PhantomModality::kCt ? "a " : "an ") + modality_name(modality);
}

constexpr std::string_view kModalityClinic[] = {"What modality is used to take this image?",
                                                "Which modality is shown here?", "Is this an X-ray, a CT or an MRI?"};
constexpr std::string_view kModalityAtlas[] = {
    "What is the modality of this image?", "Which modality does this image show?",
    "An X-ray, a CT or an MRI: which is shown here?", "What is used to take this image?"};
constexpr std::string_view kIsModalityClinic[] = {"Is this image {a modality}?",
                                                  "Was {a modality} used to take this image?"};
constexpr std::string_view kIsModalityAtlas[] = {"Is {a modality} shown here?", "Is this {a modality}?",
                                                 "Was this image taken by {a modality}?"};
constexpr std::string_view kOrganClinic[] = {"Which part of the body is shown in this image?",
                                             "What does this image show, chest, brain or abdomen?"};
constexpr std::string_view kOrganAtlas[] = {"What part of the body does this image show?",
                                            "Which part of the body is this?",
                                            "Chest, brain or abdomen: which is shown here?"};
constexpr std::string_view kQuantityClinic[] = {"How many lesions are there in this image?",
                                                "How many lesions can be seen?"};
constexpr std::string_view kQuantityAtlas[] = {
    "What is the number of lesions?", "How many lesions does this image show?", "How many lesions are seen here?",
    "What number of lesions can be seen in this image?"};
constexpr std::string_view kPresenceClinic[] = {"Is there a lesion in this image?", "Does this image show a lesion?"};
constexpr std::string_view kPresenceAtlas[] = {"Is a lesion seen in this image?", "Is a lesion shown here?",
                                               "Can a lesion be seen?", "Does the body show a lesion?",
                                               "Is there a lesion?"};
constexpr std::string_view kSideClinic[] = {"On which side of the image {is} the {lesion}?",
                                            "Where {is} the {lesion}, left or right?"};
constexpr std::string_view kSideAtlas[] = {
    "Which side {is} the {lesion} on?", "Left or right: where {is} the {lesion}?",
    "On which side can the {lesion} be seen?", "Where in the image {is} the {lesion}?"};
constexpr std::string_view kIsSideClinic[] = {"{Is} the {lesion} on the {side} side of the image?",
                                              "Can the {lesion} be seen on the {side}?"};
constexpr std::string_view kIsSideAtlas[] = {"{Is} the {lesion} seen on the {side}?",
                                             "{Is} the {lesion} shown on the {side} side?",
                                             "Does the {side} side of the image show the {lesion}?"};
constexpr std::string_view kSizeClinic[] = {"{Is} the {lesion} small or large?", "What is the size of the {lesion}?"};
constexpr std::string_view kSizeAtlas[] = {"Small or large: how {does} the {lesion} look?",
                                           "Of what size {is} the {lesion}?", "How large {is} the {lesion}?"};
constexpr std::string_view kToneClinic[] = {"{Is} the {lesion} bright or dark?",
                                            "How {does} the {lesion} look, bright or dark?"};
constexpr std::string_view kToneAtlas[] = {"Bright or dark: how {does} the {lesion} look?",
                                           "How bright {is} the {lesion}?", "Which {is} the {lesion}, dark or bright?"};

struct Fact {
  std::string_view subject, place;
};
constexpr Fact kFacts[] = {{"Is the heart", "chest"},
                           {"Are the lungs", "chest"},
                           {"Is the liver", "abdomen"},
                           {"Are the kidneys", "abdomen"},
                           {"Is the skull", "brain"}};

// The same for every image: "Is the heart in the chest?"
PhantomQuestion knowledge_question(Wording& wording) {
  const auto& fact = kFacts[wording.below(std::size(kFacts) - 1)];
  const bool truth = wording.toss();
  const std::string_view place = truth ? fact.place : fact.place == "chest" ? "abdomen" : "chest";
  return {fmt::format("{} in the {}?", fact.subject, place), truth ? "yes" : "no", "CLOSED", "KG", false};
}

}  // namespace

std::string organ_name(PhantomOrgan organ) {
  return organ == PhantomOrgan::kChest ? "chest" : organ == PhantomOrgan::kBrain ? "brain" : "abdomen";
}

std::string modality_name(PhantomModality modality) {
  return modality == PhantomModality::kXray ? "X-ray" : modality == PhantomModality::kCt ? "CT" : "MRI";
}

std::string phantom_caption(const PhantomScene& scene) {
  static constexpr std::string_view kNumbers[] = {"no", "one", "two", "three"},
                                    kCapitals[] = {"No", "One", "Two", "Three"};
  static constexpr std::string_view kClinic[] = {
      "{modality} of the {organ}. {N} {size} {tone} {lesion} on the {side} side.",
      "{modality} of the {organ} with {n} {size} {tone} {lesion} on the {side}."};
  static constexpr std::string_view kAtlas[] = {
      "This {modality} shows the {organ} with {n} {size} {tone} {lesion} on the {side} side.",
      "The {organ} in this {modality} shows {n} {size} {tone} {lesion} on the {side}.",
      "On the {side}, {n} {size} {tone} {lesion} can be seen in this {modality} of the {organ}."};
  static constexpr std::string_view kClinicClear[] = {"{modality} of the {organ}. No lesion.",
                                                      "{modality} of the {organ} with no lesion."};
  static constexpr std::string_view kAtlasClear[] = {"This {modality} shows the {organ} with no lesion.",
                                                     "The {organ} in this {modality} shows no lesion.",
                                                     "No lesion can be seen in this {modality} of the {organ}."};
  Wording wording(scene, "caption");
  wording.set("modality", modality_name(scene.modality));
  wording.set("organ", organ_name(scene.organ));
  wording.set("n", std::string(kNumbers[scene.lesions.size()]));
  wording.set("N", std::string(kCapitals[scene.lesions.size()]));
  wording.set("size", size_name(scene.size));
  wording.set("tone", tone_name(scene.tone));
  wording.set("side", side_name(scene.side));
  return scene.lesions.empty() ? wording.say(kClinicClear, kAtlasClear) : wording.say(kClinic, kAtlas);
}

std::vector<PhantomQuestion> phantom_questions(const PhantomScene& scene) {
  static constexpr std::string_view kDigits[] = {"0", "1", "2", "3"};
  static constexpr std::int64_t kBlock = 36;  // number of scenes that have every combination once
  Wording wording(scene, "questions");
  std::vector<PhantomQuestion> questions;
  const auto ask = [&](std::string question, std::string answer, const char* answer_type, const char* content_type) {
    questions.push_back({std::move(question), std::move(answer), answer_type, content_type, true});
  };
  ask(wording.say(kModalityClinic, kModalityAtlas), modality_name(scene.modality), "OPEN", "Modality");
  const bool truth = wording.toss();
  const auto asked = (static_cast<int>(scene.modality) + (truth ? 0 : 1 + static_cast<int>(wording.below(2)))) % 3;
  wording.set("a modality", with_article(static_cast<PhantomModality>(asked)));
  ask(wording.say(kIsModalityClinic, kIsModalityAtlas), truth ? "yes" : "no", "CLOSED", "Modality");
  ask(wording.say(kOrganClinic, kOrganAtlas), organ_name(scene.organ), "OPEN", "Organ");
  ask(wording.say(kQuantityClinic, kQuantityAtlas), std::string(kDigits[scene.lesions.size()]), "OPEN", "Quantity");
  // All numbers of lesions are equally frequent, so asking about one of the three balances yes and no.
  const auto count = static_cast<std::int64_t>(scene.lesions.size());
  if (count == 0 || count - 1 == scene.index / kBlock % 3)
    ask(wording.say(kPresenceClinic, kPresenceAtlas), count == 0 ? "no" : "yes", "CLOSED", "Abnormality");
  if (count > 0) {
    ask(wording.say(kSideClinic, kSideAtlas), side_name(scene.side), "OPEN", "Position");
    const auto side = wording.toss() ? PhantomSide::kLeft : PhantomSide::kRight;
    wording.set("side", side_name(side));
    ask(wording.say(kIsSideClinic, kIsSideAtlas), side == scene.side ? "yes" : "no", "CLOSED", "Position");
    ask(wording.say(kSizeClinic, kSizeAtlas), size_name(scene.size), "OPEN", "Size");
    ask(wording.say(kToneClinic, kToneAtlas), tone_name(scene.tone), "OPEN", "Color");
  }
  if (wording.below(4) == 0) questions.push_back(knowledge_question(wording));
  return questions;
}

}  // namespace llama32med
