#include "llama32med/report/breakdown.h"

#include <algorithm>
#include <map>

#include "llama32med/core/config_json.h"
#include "llama32med/core/markdown_table.h"
#include "llama32med/core/strings.h"
#include "llama32med/metrics/unicode.h"
#include "report/sections.h"
#include "report/words.h"

namespace llama32med {
namespace {

using Values = std::vector<std::string>;
using Valuer = Values (*)(const Record&, const TrainOverlap*);

template <const auto& field>
Values labels(const Record& record, const TrainOverlap*) {
  return field_labels(record, field);
}

Values one_or_none(std::string value) {
  if (value.empty()) return {};
  return {std::move(value)};
}

Values answer_type(const Record& record, const TrainOverlap*) { return one_or_none(record.answer_type); }

Values first_word(const Record& record, const TrainOverlap*) {
  auto words = lower_words(record.question);
  return words.empty() ? Values{} : Values{std::move(words.front())};
}

Values answer_words(const Record& record, const TrainOverlap*) {
  const auto text = collapse_white_space(record.answer);
  if (text.empty()) return {};
  const auto words = std::count(text.begin(), text.end(), ' ') + 1;
  if (words >= 10) return {"10+"};
  return {words >= 5 ? "5-9" : std::to_string(words)};
}

Values answer_in_train(const Record&, const TrainOverlap* overlap) {
  if (!overlap) return {};
  return {overlap->reference_in_train ? "yes" : "no"};
}

constexpr char kModality[] = "modality", kLocation[] = "location", kOrgan[] = "image_organ",
               kContentType[] = "content_type", kQuestionType[] = "question_type", kBaseType[] = "base_type",
               kPhraseType[] = "phrase_type", kAnswerWords[] = "answer_words";
struct NamedValuer {
  const char* by;
  Valuer values;
};
constexpr NamedValuer kBreakdowns[] = {
    {kModality, labels<kModality>},       {kLocation, labels<kLocation>},         {kOrgan, labels<kOrgan>},
    {kContentType, labels<kContentType>}, {kQuestionType, labels<kQuestionType>}, {kBaseType, labels<kBaseType>},
    {kPhraseType, labels<kPhraseType>},   {"answer_type", answer_type},           {"first_word", first_word},
    {kAnswerWords, answer_words},         {"answer_in_train", answer_in_train}};

const TrainOverlap* overlap_of(const ScoredItem& item, const TrainOverlaps* overlaps) {
  if (!overlaps) return nullptr;
  const auto found = overlaps->find(item.item->record.id);
  return found == overlaps->end() ? nullptr : &found->second;
}

// answer_words: 1, 2, ..., 5-9, 10+; everything else by decreasing number of items.
bool row_before(const std::string& by, const BreakdownRow& a, const BreakdownRow& b) {
  if (by == kAnswerWords) return std::stoi(a.value) < std::stoi(b.value);  // "5-9" is 5
  return std::pair(-a.estimate.tally.count, a.value) < std::pair(-b.estimate.tally.count, b.value);
}

Breakdown make_breakdown(const NamedValuer& valuer, const std::vector<ScoredItem>& items, const Estimator& estimator,
                         const TrainOverlaps* overlaps) {
  Breakdown breakdown{.by = valuer.by};
  std::map<std::string, std::vector<ScoredItem>> by_value;
  for (const auto& item : items) {
    const auto values = valuer.values(item.item->record, overlap_of(item, overlaps));
    for (const auto& value : values) by_value[value].push_back(item);
    breakdown.items_without += values.empty();
  }
  for (const auto& [value, some] : by_value) {
    const auto count = static_cast<std::int64_t>(some.size());
    if (count < kFewestItems) {
      ++breakdown.suppressed_values;
      breakdown.suppressed_items += count;
    } else {
      breakdown.rows.push_back({value, estimator.estimate(some)});
    }
  }
  std::sort(breakdown.rows.begin(), breakdown.rows.end(),
            [&](const auto& a, const auto& b) { return row_before(breakdown.by, a, b); });
  return breakdown;
}

std::string without_slips(std::string label) {
  for (char& c : label)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (label == "ATRIB") return "ATTRIB";
  return label == "PRSE" ? "PRES" : label;
}

}  // namespace

std::vector<std::string> field_labels(const Record& record, const std::string& field) {
  std::vector<std::string> labels;
  for (const auto& part : split(field_of(record, field), ',')) {
    std::string label(trim(part));
    if (field == kQuestionType || field == kOrgan) label = without_slips(std::move(label));
    if (field == kPhraseType && label.starts_with("test_")) label = label.substr(5);
    if (!label.empty() && std::find(labels.begin(), labels.end(), label) == labels.end())
      labels.push_back(std::move(label));
  }
  return labels;
}

std::vector<Breakdown> make_breakdowns(const std::vector<ScoredItem>& items, const Estimator& estimator,
                                       const TrainOverlaps* overlaps) {
  std::vector<Breakdown> breakdowns;
  for (const auto& valuer : kBreakdowns) {
    auto breakdown = make_breakdown(valuer, items, estimator, overlaps);
    if (!breakdown.rows.empty() || breakdown.suppressed_values > 0) breakdowns.push_back(std::move(breakdown));
  }
  return breakdowns;
}

Json breakdowns_json(const std::vector<Breakdown>& breakdowns) {
  Json list = Json::array();
  for (const auto& breakdown : breakdowns) {
    Json rows = Json::array();
    for (const auto& row : breakdown.rows) {
      Json json = {{"value", row.value}};
      json.update(estimate_json(row.estimate));
      rows.push_back(std::move(json));
    }
    list.push_back({{"by", breakdown.by},
                    {"rows", rows},
                    {"suppressed", {{"values", breakdown.suppressed_values}, {"items", breakdown.suppressed_items}}},
                    {"without_value", breakdown.items_without}});
  }
  return list;
}

std::string breakdowns_markdown(const std::vector<Breakdown>& breakdowns) {
  MarkdownTable table({{"by"},
                       {"value"},
                       {"k/n", Align::kRight},
                       {"%", Align::kRight},
                       {"95 % Wilson", Align::kRight},
                       {"95 % by image", Align::kRight}});
  std::string suppressed;
  for (const auto& breakdown : breakdowns) {
    bool is_first = true;
    for (const auto& [value, estimate] : breakdown.rows) {
      table.add_row({is_first ? breakdown.by : "", value, count_cell(estimate.tally), percent(estimate.tally, 1),
                     interval_cell(estimate.wilson95), interval_cell(estimate.bootstrap95)});
      is_first = false;
    }
    if (breakdown.suppressed_values > 0)
      suppressed += fmt::format("{}{} {} ({} items)", suppressed.empty() ? "" : ", ", breakdown.by,
                                breakdown.suppressed_values, breakdown.suppressed_items);
  }
  auto text = table.text();
  if (!suppressed.empty())
    text += fmt::format("\nValues with fewer than {} items, not shown: {}.\n", kFewestItems, suppressed);
  return text;
}

Section breakdown_section(const ReportContext& context) {
  const auto breakdowns = make_breakdowns(context.scored(), context.estimator(), context.overlaps());
  return {breakdowns_json(breakdowns), breakdowns_markdown(breakdowns)};
}

}  // namespace llama32med
