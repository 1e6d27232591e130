#include "llama32med/report/blind_baselines.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_map>

#include "llama32med/core/config_json.h"
#include "llama32med/core/markdown_table.h"
#include "llama32med/data/dataset.h"
#include "llama32med/metrics/answer_text.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/report/breakdown.h"
#include "report/nearest_question.h"
#include "report/sections.h"

namespace llama32med {
namespace {

using Answer = std::optional<std::string>;

// The most frequent answer per key; in case of ties, the one that was added first for that key.
class MajorityTable {
 public:
  void add(const std::string& key, const std::string& answer) {
    auto& counts = counts_[key];
    const auto [entry, is_new] = counts.place.try_emplace(answer, counts.of.size());
    if (is_new) counts.of.emplace_back(answer, 0);
    ++counts.of[entry->second].second;
  }
  Answer best(const std::string& key) const {
    const auto found = counts_.find(key);
    if (found == counts_.end()) return std::nullopt;
    const auto& of = found->second.of;
    return std::max_element(of.begin(), of.end(), [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
  }

 private:
  struct Counts {
    std::unordered_map<std::string, std::size_t> place;
    std::vector<std::pair<std::string, std::int64_t>> of;  // answers in order of appearance
  };
  std::unordered_map<std::string, Counts> counts_;
};

std::string normal(const std::string& text) { return lower_case(trim_white_space(text)); }

struct BlindRecord {
  explicit BlindRecord(const Record& record)
      : type(is_yes_or_no(record.answer) ? "closed" : "open"), question(normal(record.question)) {
    const auto content =
        field_labels(record, field_of(record, "content_type").empty() ? "question_type" : "content_type");
    const auto words = split(collapse_white_space(question), ' ');
    type_and_content = type + '\n' + (content.empty() ? words.front() : content.front());
    two_words = words.front() + (words.size() > 1 ? ' ' + words[1] : "");
    answer = normal(record.answer);
  }
  std::string type, question, type_and_content, two_words, answer;
};

std::vector<BlindRecord> blind_records(const std::vector<Record>& records) { return {records.begin(), records.end()}; }

// All five rules, learned from the training records.
class BlindRules {
 public:
  using Rule = Answer (BlindRules::*)(const BlindRecord&) const;

  explicit BlindRules(const std::vector<BlindRecord>& train) : train_(&train), index_(questions_of(train)) {
    for (const auto& record : train) {
      all_.add("", record.answer);
      by_type_.add(record.type, record.answer);
      by_content_.add(record.type_and_content, record.answer);
      by_two_words_.add(record.two_words, record.answer);
      by_question_.add(record.question, record.answer);
    }
  }

  Answer any() const { return all_.best(""); }
  Answer type(const BlindRecord& record) const { return by_type_.best(record.type); }
  Answer content(const BlindRecord& record) const {
    const auto answer = by_content_.best(record.type_and_content);
    return answer ? answer : type(record);
  }
  Answer two_words(const BlindRecord& record) const { return by_two_words_.best(record.two_words); }
  Answer question(const BlindRecord& record) const {
    const auto answer = by_question_.best(record.question);
    return answer ? answer : two_words(record);
  }
  Answer nearest(const BlindRecord& record) const {
    const auto place = index_.nearest(record.question);
    return place ? by_question_.best((*train_)[*place].question) : std::nullopt;
  }

 private:
  static std::vector<std::string> questions_of(const std::vector<BlindRecord>& records) {
    std::vector<std::string> questions;
    questions.reserve(records.size());
    for (const auto& record : records) questions.push_back(record.question);
    return questions;
  }

  const std::vector<BlindRecord>* train_;
  QuestionIndex index_;
  MajorityTable all_, by_type_, by_content_, by_two_words_, by_question_;
};

struct NamedRule {
  const char* name;
  BlindRules::Rule rule;
};
constexpr NamedRule kRules[] = {{"majority of the answer's type", &BlindRules::type},
                                {"majority by question type and answer's type", &BlindRules::content},
                                {"majority by first two words", &BlindRules::two_words},
                                {"majority by question, else first two words", &BlindRules::question},
                                {"nearest question (TF-IDF)", &BlindRules::nearest}};

Estimate estimate_of(const std::vector<ImageScore>& scores, const ImageBootstrap& bootstrap) {
  Estimate estimate;
  for (const auto& score : scores) estimate.tally.add(score.score);
  if (scores.empty()) return estimate;
  estimate.wilson95 = wilson95(estimate.tally);
  estimate.bootstrap95 = bootstrap.interval95(scores);
  return estimate;
}

void score(BlindBaseline& baseline, const std::vector<Record>& test, const ImageBootstrap& bootstrap) {
  std::vector<ImageScore> closed, open, overall;
  for (std::size_t i = 0; i < test.size(); ++i) {
    const ImageScore score{&test[i].image_id, baseline.right[i] ? 1.0 : 0.0};
    (is_yes_or_no(test[i].answer) ? closed : open).push_back(score);
    overall.push_back(score);
  }
  baseline.closed = estimate_of(closed, bootstrap);
  baseline.open = estimate_of(open, bootstrap);
  baseline.overall = estimate_of(overall, bootstrap);
}

std::string cell(const Estimate& estimate) {
  return estimate.tally.count == 0 ? "-"
                                   : fmt::format("{} ({})", percent(estimate.tally, 1), count_cell(estimate.tally));
}

}  // namespace

BlindBaselines blind_baselines(const std::vector<Record>& train, const std::vector<Record>& test,
                               const ImageBootstrap& bootstrap) {
  const auto learned = blind_records(train), asked = blind_records(test);
  const BlindRules rules(learned);
  BlindBaselines result{.train_records = std::ssize(train)};
  for (const auto& [name, rule] : kRules) {
    BlindBaseline baseline{.name = name};
    std::unordered_map<std::string, Answer> known;  // rules depend only on a record's question and types
    for (const auto& record : asked) {
      const auto [entry, is_new] = known.try_emplace(record.question + '\n' + record.type_and_content);
      if (is_new) entry->second = (rules.*rule)(record);
      const auto answer = entry->second ? entry->second : rules.any();
      baseline.right.push_back(answer == record.answer);
      baseline.answers.push_back(answer.value_or(""));
    }
    score(baseline, test, bootstrap);
    result.rows.push_back(std::move(baseline));
  }
  return result;
}

Json blind_baselines_json(const BlindBaselines& baselines) {
  Json rows = Json::array();
  for (const auto& row : baselines.rows)
    rows.push_back({{"name", row.name},
                    {"closed", estimate_json(row.closed)},
                    {"open", estimate_json(row.open)},
                    {"overall", estimate_json(row.overall)}});
  return {{"train", {{"records", baselines.train_records}, {"sha256", baselines.train_sha256}}},
          {"matching", "equality of lower-cased, trimmed answers; closed: the reference is yes or no"},
          {"rows", rows}};
}

std::string blind_baselines_markdown(const BlindBaselines& baselines) {
  MarkdownTable table({{"no image, by rule"},
                       {"closed %", Align::kRight},
                       {"open %", Align::kRight},
                       {"overall %", Align::kRight},
                       {"95 % by image", Align::kRight}});
  for (const auto& row : baselines.rows)
    table.add_row(
        {row.name, cell(row.closed), cell(row.open), cell(row.overall), interval_cell(row.overall.bootstrap95)});
  return table.text() + fmt::format("\nLearned from {} training records.\n", baselines.train_records);
}

Section blind_baseline_section(const ReportContext& context) {
  const auto* train = context.training_records();
  if (!train) return {};
  auto baselines = blind_baselines(*train, context.records(), context.estimator().bootstrap());
  baselines.train_sha256 = records_sha256(*train);
  return {blind_baselines_json(baselines), blind_baselines_markdown(baselines)};
}

}  // namespace llama32med
