#include "llama32med/report/confusion.h"

#include <algorithm>
#include <map>
#include <optional>

#include "llama32med/core/config_json.h"
#include "llama32med/core/markdown_table.h"
#include "llama32med/metrics/answer_text.h"
#include "report/sections.h"
#include "report/words.h"

namespace llama32med {
namespace {

using Words = std::vector<std::string>;
constexpr std::size_t kTopPairs = 20;

constexpr std::string_view kNumberWords[] = {"zero",     "one",      "two",      "three",   "four",    "five",
                                             "six",      "seven",    "eight",    "nine",    "ten",     "eleven",
                                             "twelve",   "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
                                             "eighteen", "nineteen", "twenty"};
constexpr std::string_view kModalityWords[] = {
    "ct",         "cta",         "cect",        "tomography", "mri",         "mr",
    "mra",        "fmri",        "magnetic",    "t1",         "t2",          "t1w",
    "t2w",        "flair",       "dwi",         "adc",        "xray",        "xrays",
    "radiograph", "radiography", "ultrasound",  "sonogram",   "pet",         "spect",
    "angiogram",  "angiography", "fluoroscopy", "mammogram",  "mammography", "ultrasonography"};
constexpr std::string_view kNegations[] = {"no",    "not",     "without", "absent", "negative",
                                           "never", "neither", "nor",     "cannot", "denies"};

bool is_among(std::string_view word, const auto& list) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}
bool holds(const Words& words, std::string_view word) { return is_among(word, words); }

bool names_modality(const Words& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (is_among(words[i], kModalityWords)) return true;
    if (words[i] == "x" && i + 1 < words.size() && words[i + 1].starts_with("ray")) return true;
  }
  return false;
}

YesNoWords yes_no_of(const Words& words) {
  const bool yes = holds(words, "yes"), no = holds(words, "no");
  if (yes && no) return YesNoWords::kBoth;
  return yes ? YesNoWords::kYes : no ? YesNoWords::kNo : YesNoWords::kNone;
}

// "left" or "right" if the text names exactly one of them.
std::optional<std::string_view> side_of(const Words& words) {
  const bool left = holds(words, "left"), right = holds(words, "right");
  if (left == right) return std::nullopt;
  return left ? "left" : "right";
}

struct Finding {
  Words words;  // without negations
  bool negated = false;
};

Finding finding_of(const Words& words) {
  Finding finding;
  for (const auto& word : words) {
    if (is_among(word, kNegations)) {
      finding.negated = true;
    } else {
      finding.words.push_back(word);
    }
  }
  return finding;
}

bool is_negation_flip(const std::string& reference, const Words& of_reference, const Words& of_answer) {
  if (is_yes_or_no(reference)) {
    const auto expected = yes_no_of(of_reference), got = yes_no_of(of_answer);
    return (expected == YesNoWords::kYes && got == YesNoWords::kNo) ||
           (expected == YesNoWords::kNo && got == YesNoWords::kYes);
  }
  const auto expected = finding_of(of_reference), got = finding_of(of_answer);
  return expected.negated != got.negated && !expected.words.empty() && expected.words == got.words;
}

void count(Flips& flips, bool is_flip, const std::string& id) {
  ++flips.of;
  if (!is_flip) return;
  ++flips.count;
  flips.items.push_back(id);
}

void count_item(Confusion& confusion, const ScoredItem& scored) {
  const auto& reference = scored.item->record.answer;
  const auto& answer = scored.result.extracted;
  const auto of_reference = lower_words(reference), of_answer = lower_words(answer);
  if (is_yes_or_no(reference))
    ++confusion.yes_no[holds(of_reference, "yes") ? 0 : 1][static_cast<std::size_t>(yes_no_of(of_answer))];
  ++confusion
        .classes[static_cast<std::size_t>(answer_class(reference))][static_cast<std::size_t>(answer_class(answer))];
  const auto& id = scored.item->record.id;
  if (const auto side = side_of(of_reference)) {
    const auto other = side_of(of_answer);
    count(confusion.laterality, other && *other != *side, id);
  }
  if (!of_answer.empty()) count(confusion.negation, is_negation_flip(reference, of_reference, of_answer), id);
}

std::vector<ConfusedPair> top_pairs(const std::vector<ScoredItem>& items) {
  std::map<std::pair<std::string, std::string>, std::int64_t> counts;
  for (const auto& scored : items)
    if (scored.result.score < 1)
      ++counts[{paper_text(scored.item->record.answer), paper_text(scored.result.extracted)}];
  std::vector<ConfusedPair> pairs;
  pairs.reserve(counts.size());
  for (const auto& [texts, times] : counts) pairs.push_back({texts.first, texts.second, times});
  std::stable_sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.count > b.count; });
  pairs.resize(std::min(pairs.size(), kTopPairs));
  return pairs;
}

Json flips_json(const Flips& flips) { return {{"count", flips.count}, {"of", flips.of}, {"items", flips.items}}; }

std::string shortened(const std::string& text) {  // for a table cell; does not split a UTF-8 character
  constexpr std::size_t kLongest = 60;
  if (text.size() <= kLongest) return text.empty() ? "(empty)" : text;
  std::size_t end = kLongest;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

std::string yes_no_markdown(const Confusion& confusion) {
  MarkdownTable table({{"reference"},
                       {"n", Align::kRight},
                       {"yes", Align::kRight},
                       {"no", Align::kRight},
                       {"both", Align::kRight},
                       {"none", Align::kRight}});
  for (std::size_t r = 0; r < 2; ++r) {
    const auto& row = confusion.yes_no[r];
    std::vector<std::string> cells = {r == 0 ? "yes" : "no", std::to_string(row[0] + row[1] + row[2] + row[3])};
    for (const auto times : row) cells.push_back(std::to_string(times));
    table.add_row(std::move(cells));
  }
  return table.text();
}

std::string classes_markdown(const Confusion& confusion) {
  std::vector<MarkdownTable::Column> columns = {{"reference"}, {"n", Align::kRight}};
  for (std::size_t c = 0; c < kAnswerClasses; ++c)
    columns.push_back({std::string(answer_class_name(static_cast<AnswerClass>(c))), Align::kRight});
  MarkdownTable table(std::move(columns));
  for (std::size_t r = 0; r < kAnswerClasses; ++r) {
    std::int64_t n = 0;
    for (const auto times : confusion.classes[r]) n += times;
    std::vector<std::string> cells = {std::string(answer_class_name(static_cast<AnswerClass>(r))), std::to_string(n)};
    for (const auto times : confusion.classes[r]) cells.push_back(std::to_string(times));
    table.add_row(std::move(cells));
  }
  return table.text();
}

}  // namespace

std::string_view yes_no_words_name(YesNoWords parsed) {
  static constexpr std::string_view kNames[] = {"yes", "no", "both", "none"};
  return kNames[static_cast<std::size_t>(parsed)];
}

YesNoWords yes_no_words(std::string_view text) { return yes_no_of(lower_words(text)); }

std::string_view answer_class_name(AnswerClass kind) {
  static constexpr std::string_view kNames[] = {"yes/no", "number", "modality", "laterality", "other"};
  return kNames[static_cast<std::size_t>(kind)];
}

AnswerClass answer_class(std::string_view text) {
  static constexpr std::string_view kSides[] = {"left", "right", "bilateral", "bilaterally", "unilateral", "both"};
  const auto words = lower_words(text);
  if (words.empty()) return AnswerClass::kOther;
  const auto& first = words.front();
  if ((first == "yes" || first == "no") && yes_no_of(words) != YesNoWords::kBoth) return AnswerClass::kYesNo;
  if (first.find_first_not_of("0123456789") == first.npos || is_among(first, kNumberWords)) return AnswerClass::kNumber;
  if (names_modality(words)) return AnswerClass::kModality;
  const bool sided = std::any_of(words.begin(), words.end(), [](const auto& word) { return is_among(word, kSides); });
  return sided ? AnswerClass::kLaterality : AnswerClass::kOther;
}

Confusion confusion_of(const std::vector<ScoredItem>& items) {
  Confusion confusion;
  for (const auto& item : items) count_item(confusion, item);
  std::sort(confusion.laterality.items.begin(), confusion.laterality.items.end());
  std::sort(confusion.negation.items.begin(), confusion.negation.items.end());
  confusion.top = top_pairs(items);
  return confusion;
}

Json confusion_json(const Confusion& confusion) {
  Json yes_no, labels = Json::array(), counts = Json::array(), top = Json::array();
  for (std::size_t r = 0; r < 2; ++r)
    for (std::size_t c = 0; c < 4; ++c)
      yes_no[r == 0 ? "yes" : "no"][std::string(yes_no_words_name(static_cast<YesNoWords>(c)))] =
          confusion.yes_no[r][c];
  for (std::size_t r = 0; r < kAnswerClasses; ++r) {
    labels.push_back(answer_class_name(static_cast<AnswerClass>(r)));
    counts.push_back(confusion.classes[r]);
  }
  for (const auto& pair : confusion.top)
    top.push_back({{"reference", pair.reference}, {"prediction", pair.prediction}, {"count", pair.count}});
  return {{"yes_no", yes_no},
          {"answer_types", {{"labels", labels}, {"counts", counts}}},
          {"top_confusions", top},
          {"flips", {{"laterality", flips_json(confusion.laterality)}, {"negation", flips_json(confusion.negation)}}}};
}

std::string confusion_markdown(const Confusion& confusion) {
  std::string text = "Yes and no (rows: the reference; columns: the words in the answer).\n\n";
  text += yes_no_markdown(confusion);
  text += "\nKinds of answers (rows: the reference; columns: the answer).\n\n" + classes_markdown(confusion);
  if (!confusion.top.empty()) {
    MarkdownTable table({{"count", Align::kRight}, {"reference"}, {"answer"}});
    for (const auto& pair : confusion.top)
      table.add_row({std::to_string(pair.count), shortened(pair.reference), shortened(pair.prediction)});
    text += "\nMost frequent wrong answers.\n\n" + table.text();
  }
  MarkdownTable flips({{"flip"}, {"items", Align::kRight}, {"of", Align::kRight}});
  flips.add_row({"left for right, right for left", std::to_string(confusion.laterality.count),
                 std::to_string(confusion.laterality.of)});
  flips.add_row({"a finding for its absence, or the reverse", std::to_string(confusion.negation.count),
                 std::to_string(confusion.negation.of)});
  return text + "\n" + flips.text();
}

Section confusion_section(const ReportContext& context) {
  return {confusion_json(context.confusion()), confusion_markdown(context.confusion())};
}

}  // namespace llama32med
