#include "llama32med/data/phantoms.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

#include "llama32med/core/sha256.h"
#include "llama32med/data/dataset.h"
#include "llama32med/image/image_processor.h"
#include "llama32med/image/png.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med::test {
namespace {

constexpr PhantomLook kLooks[] = {PhantomLook::kClinic, PhantomLook::kAtlas};

double mean_around(const Picture& picture, const PhantomLesion& lesion, double radius) {
  const double half = static_cast<double>(picture.size.width) / 2;
  double sum = 0, count = 0;
  for (std::int64_t y = 0; y < picture.size.height; ++y)
    for (std::int64_t x = 0; x < picture.size.width; ++x) {
      const double dx = (static_cast<double>(x) + 0.5) / half - 1 - lesion.x;
      const double dy = (static_cast<double>(y) + 0.5) / half - 1 - lesion.y;
      if (dx * dx + dy * dy > radius * radius) continue;
      sum += picture.pixels[static_cast<std::size_t>(y * picture.size.width + x)];
      ++count;
    }
  return sum / count;
}

// ---- scenes -------------------------------------------------------------------------------------------------------

TEST(PhantomScene, EachBlockHasEveryCombinationOnce) {
  for (const auto look : kLooks) {
    std::set<std::tuple<PhantomOrgan, PhantomModality, std::size_t>> seen;
    for (std::int64_t i = 36; i < 72; ++i) {
      const auto scene = phantom_scene({7, look, "vqa"}, i);
      seen.emplace(scene.organ, scene.modality, scene.lesions.size());
    }
    EXPECT_EQ(seen.size(), 36u);
  }
}

TEST(PhantomScene, SidesSizesAndTonesAreBalancedOverEightBlocks) {
  std::map<std::pair<std::string, int>, int> counts;
  for (std::int64_t i = 0; i < 8 * 36; ++i) {
    const auto scene = phantom_scene({0, PhantomLook::kClinic, "vqa"}, i);
    ++counts[{"side", static_cast<int>(scene.side)}];
    ++counts[{"size", static_cast<int>(scene.size)}];
    ++counts[{"tone", static_cast<int>(scene.tone)}];
  }
  for (const auto& [name, count] : counts) EXPECT_EQ(count, 144) << name.first;
}

TEST(PhantomScene, LesionsKeepApartInsideTheirHalf) {
  for (const auto look : kLooks)
    for (std::int64_t i = 0; i < 360; ++i) {
      const auto scene = phantom_scene({3, look, "captions"}, i);
      for (std::size_t a = 0; a < scene.lesions.size(); ++a) {
        const auto& first = scene.lesions[a];
        EXPECT_LT(std::abs(first.x) + first.radius, 0.75);
        EXPECT_GT(std::abs(first.x) - first.radius, 0.05);
        EXPECT_EQ(first.x < 0, scene.side == PhantomSide::kLeft);
        EXPECT_EQ(first.radius > 0.1, scene.size == LesionSize::kLarge);
        for (std::size_t b = 0; b < a; ++b)
          EXPECT_GT(std::abs(first.y - scene.lesions[b].y), first.radius + scene.lesions[b].radius);
      }
    }
}

// ---- pictures -----------------------------------------------------------------------------------------------------

TEST(PhantomPicture, LesionsLookAsTheSceneSays) {
  for (const auto look : kLooks)
    for (std::int64_t i = 0; i < 108; ++i) {
      const auto scene = phantom_scene({1, look, "vqa"}, i);
      auto clear = scene;
      clear.lesions.clear();
      const auto with = draw_phantom(scene, 64), without = draw_phantom(clear, 64);
      for (const auto& lesion : scene.lesions) {
        const double change = mean_around(with, lesion, lesion.radius) - mean_around(without, lesion, lesion.radius);
        EXPECT_GT(scene.tone == LesionTone::kBright ? change : -change, 25) << enum_name(look) << " " << i;
      }
    }
}

TEST(PhantomPicture, TheSameBytesOnEveryMachine) {
  const auto digest = [](PhantomLook look, std::int64_t pixels) {
    Sha256 sum;
    for (std::int64_t i = 0; i < 36; ++i) sum.add(encode_png(draw_phantom(phantom_scene({0, look, "vqa"}, i), pixels)));
    return sum.hex();
  };
  EXPECT_EQ(digest(PhantomLook::kClinic, 64), "cb28043bf2a9bf56948a2b1b8db850ae1b0a348cf1569f33a92e1435d414021f");
  EXPECT_EQ(digest(PhantomLook::kAtlas, 48), "907e78a7a534770336448851c91c399465f0c192aac2466786d0040b935e1ae9");
}

// ---- words --------------------------------------------------------------------------------------------------------

// The expected answer, from the question's type and wording.
std::string expected_answer(const PhantomScene& scene, const PhantomQuestion& asked) {
  const auto yes_if = [](bool truth) { return std::string(truth ? "yes" : "no"); };
  const auto mentions = [&](const std::string& word) { return asked.question.find(word) != std::string::npos; };
  const bool open = asked.answer_type == "OPEN";
  const std::string side = scene.side == PhantomSide::kLeft ? "left" : "right";
  const auto modality = modality_name(scene.modality);
  if (asked.content_type == "Modality") return open ? modality : yes_if(mentions(modality));
  if (asked.content_type == "Organ") return organ_name(scene.organ);
  if (asked.content_type == "Quantity") return std::to_string(scene.lesions.size());
  if (asked.content_type == "Abnormality") return yes_if(!scene.lesions.empty());
  if (scene.lesions.empty()) return "nothing to ask";
  if (asked.content_type == "Position") return open ? side : yes_if(mentions(side));
  if (asked.content_type == "Size") return scene.size == LesionSize::kLarge ? "large" : "small";
  return scene.tone == LesionTone::kBright ? "bright" : "dark";
}

TEST(PhantomWords, AnswersAgreeWithTheScene) {
  for (const auto look : kLooks)
    for (std::int64_t i = 0; i < 144; ++i) {
      const auto scene = phantom_scene({5, look, "vqa"}, i);
      for (const auto& asked : phantom_questions(scene)) {
        EXPECT_EQ(asked.question.find_first_of("{}"), std::string::npos) << asked.question;
        EXPECT_EQ(asked.needs_image, asked.content_type != "KG");
        EXPECT_EQ(asked.answer_type == "CLOSED", asked.answer == "yes" || asked.answer == "no");
        if (asked.needs_image) {
          EXPECT_EQ(asked.answer, expected_answer(scene, asked)) << asked.question;
        }
      }
    }
}

TEST(PhantomWords, CaptionsDescribeEverything) {
  for (const auto look : kLooks)
    for (std::int64_t i = 0; i < 72; ++i) {
      const auto scene = phantom_scene({5, look, "captions"}, i);
      const auto caption = phantom_caption(scene);
      EXPECT_THAT(caption, testing::HasSubstr(modality_name(scene.modality)));
      EXPECT_THAT(caption, testing::HasSubstr(organ_name(scene.organ)));
      EXPECT_EQ(caption.find_first_of("{}"), caption.npos) << caption;
      if (scene.lesions.empty()) continue;
      EXPECT_THAT(caption, testing::HasSubstr(scene.side == PhantomSide::kLeft ? "left" : "right"));
      EXPECT_THAT(caption, testing::HasSubstr(scene.size == LesionSize::kLarge ? "large" : "small"));
      EXPECT_THAT(caption, testing::HasSubstr(scene.tone == LesionTone::kBright ? "bright" : "dark"));
      const char* numbers[] = {"", "one", "two", "three"};
      EXPECT_THAT(ascii_lower(caption), testing::HasSubstr(numbers[scene.lesions.size()]));
    }
}

TEST(PhantomWords, BothLooksUseTheSameWords) {
  const auto words = [](PhantomLook look) {
    std::set<std::string> all;
    for (std::int64_t i = 0; i < 576; ++i) {
      std::string text = phantom_caption(phantom_scene({0, look, "captions"}, i));
      for (const auto& question : phantom_questions(phantom_scene({0, look, "vqa"}, i)))
        text += " " + question.question;
      for (char& c : text)
        if (std::string_view(".,:?").find(c) != std::string_view::npos) c = ' ';
      for (const auto& word : split(ascii_lower(text), ' ')) all.insert(word);
    }
    return all;
  };
  const auto clinic = words(PhantomLook::kClinic), atlas = words(PhantomLook::kAtlas);
  std::set<std::string> only_clinic;
  std::set_difference(clinic.begin(), clinic.end(), atlas.begin(), atlas.end(),
                      std::inserter(only_clinic, only_clinic.end()));
  EXPECT_THAT(only_clinic, testing::IsEmpty());
}

// The best a model without the image could do: the most frequent answer to every wording of a question.
TEST(PhantomWords, QuestionsThatNeedTheImageCannotBeGuessed) {
  std::map<std::string, std::map<std::string, int>> answers;
  int total = 0, guessed = 0;
  for (std::int64_t i = 0; i < 576; ++i)
    for (const auto& question : phantom_questions(phantom_scene({0, PhantomLook::kClinic, "vqa"}, i)))
      if (question.needs_image) ++answers[question.question][question.answer], ++total;
  for (const auto& [question, counts] : answers) {
    int best = 0;
    for (const auto& [answer, count] : counts) best = std::max(best, count);
    guessed += best;
  }
  EXPECT_LT(guessed, 0.5 * total);
}

// ---- the set on disk ----------------------------------------------------------------------------------------------

class PhantomSet : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TempFolder>();
    report_ = write_phantom_set(folder_->path(), {.seed = 2, .images = 80, .pixels = 32});
  }
  static void TearDownTestSuite() { folder_.reset(); }
  static Dataset read(const std::string& name, const std::string& part, const std::string& split) {
    return read_dataset({.name = name, .folder = *folder_ / part, .split = split});
  }
  static std::unique_ptr<TempFolder> folder_;
  static PhantomSetReport report_;
};
std::unique_ptr<TempFolder> PhantomSet::folder_;
PhantomSetReport PhantomSet::report_;

TEST_F(PhantomSet, TheOrdinaryReadersReadIt) {
  ASSERT_EQ(report_.splits.size(), 3u);
  for (const auto& split : report_.splits) {
    const auto captions = read("rocov2", "captions", split.name), questions = read("slake", "vqa", split.name);
    EXPECT_THAT(captions.skipped, testing::IsEmpty());
    EXPECT_THAT(questions.skipped, testing::IsEmpty());
    EXPECT_EQ(std::ssize(captions.records), split.captions);
    EXPECT_EQ(std::ssize(questions.records), split.questions);
    std::int64_t need_image = 0;
    for (const auto& record : questions.records) need_image += field_of(record, "needs_image") == "yes" ? 1 : 0;
    EXPECT_EQ(need_image, split.image_questions);
    EXPECT_EQ(field_of(questions.records[0], "content_type"), "Modality");
  }
}

TEST_F(PhantomSet, NoPictureIsInTwoSplits) {
  std::map<std::string, std::string> owner;  // hash of the image -> split
  std::size_t pictures = 0;
  for (const auto& split : report_.splits)
    for (const auto& [name, part] : {std::pair("rocov2", "captions"), std::pair("slake", "vqa")}) {
      std::set<std::filesystem::path> images;
      for (const auto& record : read(name, part, split.name).records) images.insert(record.image);
      pictures += images.size();
      for (const auto& image : images) {
        const auto [entry, is_new] = owner.try_emplace(sha256_of_file(image), split.name);
        EXPECT_TRUE(is_new) << image << " is also in " << entry->second;
      }
    }
  EXPECT_EQ(pictures, 160u);
  EXPECT_EQ(report_.splits[0].images, 64);
}

TEST_F(PhantomSet, TheSameSetTwice) {
  const TempFolder again;
  write_phantom_set(again.path(), {.seed = 2, .images = 80, .pixels = 32});
  for (const char* file : {"README.md", "vqa/train.json", "captions/valid_captions.csv", "vqa/imgs/xmlab80/source.png"})
    EXPECT_EQ(sha256_of_file(again / file), sha256_of_file(*folder_ / file)) << file;
}

TEST_F(PhantomSet, BlankPicturesUnderTheSameWords) {
  const TempFolder blank;
  write_phantom_set(blank.path(), {.seed = 2, .images = 80, .pixels = 32, .pictures = PhantomPictures::kBlank});
  EXPECT_EQ(sha256_of_file(blank / "vqa/test.json"), sha256_of_file(*folder_ / "vqa/test.json"));
  EXPECT_EQ(sha256_of_file(blank / "vqa/imgs/xmlab1/source.png"),
            sha256_of_file(blank / "captions/test/phantom_test_000080.png"));
}

TEST(PhantomSetErrors, SizesOutOfRangeAreNamed) {
  const TempFolder folder;
  EXPECT_ERROR(write_phantom_set(folder.path(), {.images = 3}), ErrorKind::kUsage, "--images 3", "30");
  EXPECT_ERROR(write_phantom_set(folder.path(), {.pixels = 8}), ErrorKind::kUsage, "--pixels 8", "32");
}

}  // namespace
}  // namespace llama32med::test
