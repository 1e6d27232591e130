#include "llama32med/report/run_report.h"

#include <algorithm>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/sha256.h"
#include "llama32med/core/version.h"
#include "llama32med/metrics/answer_text.h"
#include "llama32med/report/bertscore_exchange.h"
#include "llama32med/report/run_page.h"
#include "llama32med/scoring/item_json.h"
#include "report/item_line.h"

namespace llama32med {
namespace {

// Items of captions, which no protocol scores, are shown under the first of all.
std::string first_protocol(const RunReport& report) {
  return report.scores.rows.empty() ? protocol_names().front() : report.scores.rows.front().protocol;
}

Json skipped_json(const std::vector<SkippedRecord>& skipped) {
  Json list = Json::array();
  for (const auto& record : skipped)
    list.push_back({{"id", record.id}, {"where", record.where}, {"reason", record.reason}});
  return list;
}

std::int64_t answers_without_image(const std::vector<Item>& items) {
  return std::count_if(items.begin(), items.end(), [](const Item& item) { return !item.prediction.error.empty(); });
}

std::string predictions_sha256(const std::vector<Item>& items) {
  Sha256 sum;
  for (const auto& [record, prediction] : items) sum.add(json_line(Json::array({record.id, prediction.text})) + "\n");
  return sum.hex();
}

std::vector<Record> records_of(const std::vector<Item>& items) {
  std::vector<Record> records;
  for (const auto& item : items) records.push_back(item.record);
  return records;
}

bool are_captions(const std::vector<Item>& items) {
  return !items.empty() &&
         std::all_of(items.begin(), items.end(), [](const Item& item) { return item.record.question.empty(); });
}

std::vector<CaptionPair> caption_pairs(const std::vector<Item>& items) {
  std::vector<CaptionPair> pairs;
  for (const auto& [record, prediction] : items)
    pairs.push_back({record.id, record.answer, extract_templated_answer(prediction.text).text});
  return pairs;
}

CaptionScores caption_scores(const std::vector<Item>& items) {
  std::vector<std::string> references, predictions;
  for (const auto& [record, prediction] : items) {
    references.push_back(record.answer);
    predictions.push_back(extract_templated_answer(prediction.text).text);
  }
  return score_captions(references, predictions);
}

void compare_with_training(const std::vector<Item>& items, const std::vector<ScoredItem>& scored, const Protocol& rule,
                           const ReportRequest& request, RunReport& report) {
  report.train_absent = request.train.absent;
  if (!request.train.records || items.empty()) return;
  const auto& train = request.train.records->records;
  const auto test = records_of(items);
  report.overlaps = train_overlaps(train, test);
  report.leaks = find_leaks(train, test, request.looks);
  report.leak_scores = leak_scores(scored, Estimator(scored, rule), report.overlaps);
  report.baselines = blind_baselines(train, test, records_sha256(train));
}

std::string facts_markdown(const RunFacts& facts) {
  std::string text = "| | |\n|---|---|\n";
  const auto json = write_config(facts);
  for (const auto& [name, value] : json.items())
    if (value != "" && value != 0 && !value.is_object())
      text += fmt::format("| {} | `{}` |\n", name, value.is_string() ? value.get<std::string>() : value.dump());
  return text;
}

std::string training_markdown(const RunReport& report) {
  if (!report.leaks) return fmt::format("## Blind baselines and leaks\n\nNot computed: {}.\n\n", report.train_absent);
  return "## Blind baselines\n\n" + blind_baselines_markdown(*report.baselines) +
         "\n## Leaks between train and test\n\n" + leaks_markdown(*report.leaks, report.leak_scores) + "\n";
}

std::string image_gain_markdown(const RunReport& report) {
  if (report.image_gains.empty())
    return "## Image gain\n\nNot measured. `eval --image-gain` asks every question again about shuffled and blank "
           "images.\n\n";
  return "## Image gain\n\n" + image_gains_markdown(report.image_gains) + "\n";
}

}  // namespace

RunReport make_report(const AnsweredRun& run, const ReportRequest& request) {
  auto items = run.items;  // by id, so that no number depends on the order of a file, not even in its last digit
  std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.record.id < b.record.id; });
  RunReport report{.facts = run.facts, .skipped = run.skipped, .answers_without_image = answers_without_image(items)};
  report.facts.scored = static_cast<std::int64_t>(items.size());
  report.facts.predictions_sha256 = predictions_sha256(items);
  ScoreRequest scoring{.dataset = run.facts.dataset,
                       .split = run.facts.split,
                       .records = run.facts.records,
                       .protocols = request.protocols,
                       .decode = run.facts.decode.kind};
  if (are_captions(items)) {
    scoring.protocols.clear();
    report.scores = make_score_table(items, scoring);
    report.captions = caption_scores(items);
    return report;
  }
  report.scores = make_score_table(items, scoring);
  if (request.sections == ReportSections::kScores) return report;
  const auto& rule = protocol(request.protocols.front());
  const auto scored = score_items(items, rule, run.facts.dataset);
  report.conflict_groups = conflict_groups(records_of(items));
  compare_with_training(items, scored, rule, request, report);
  report.analysis = analyze({scored, rule, run.facts.dataset, report.leaks ? &report.overlaps : nullptr});
  for (const auto& [condition, answers] : request.conditions) {
    const auto other = score_items(answers, rule, run.facts.dataset);
    report.image_gains.push_back(image_gain(scored, {condition, &other}, rule));
  }
  return report;
}

Json run_report_json(const RunReport& report) {
  Json json = {{"version", program_version()},
               {"schema", 1},
               {"run", write_config(report.facts)},
               {"scores", score_table_json(report.scores)}};
  if (report.captions) json["captions"] = caption_scores_json(*report.captions);
  if (report.analysis) json["analysis"] = analysis_json(*report.analysis);
  if (report.baselines) json["baselines"] = blind_baselines_json(*report.baselines);
  if (report.leaks) json["leaks"] = leaks_json(*report.leaks, report.leak_scores);
  if (!report.train_absent.empty()) json["train_absent"] = report.train_absent;
  if (!report.image_gains.empty()) json["image_gain"] = image_gains_json(report.image_gains);
  json["answers_without_image"] = report.answers_without_image;
  json["skipped"] = skipped_json(report.skipped);
  return json;
}

std::string run_report_markdown(const RunReport& report) {
  auto text = fmt::format("# {} {}\n\n{}\n", report.facts.dataset, report.facts.split, facts_markdown(report.facts));
  if (report.captions) text += "## Captions\n\n" + caption_scores_markdown(*report.captions) + "\n";
  if (!report.scores.rows.empty()) text += fmt::format("## Scores\n\n```\n{}```\n\n", score_table_text(report.scores));
  if (report.analysis)
    text += training_markdown(report) + image_gain_markdown(report) + "## Behind the score\n\n" +
            analysis_markdown(*report.analysis);
  if (!report.skipped.empty())
    text += fmt::format("\n{} records of the split were skipped; report.json lists them with reasons.\n",
                        report.skipped.size());
  return text;
}

void write_report(const std::filesystem::path& folder, const AnsweredRun& run, const RunReport& report) {
  std::string predictions;
  for (const auto& item : run.items) predictions += json_line(item_line(item, report)) + "\n";
  write_file(folder / "predictions.jsonl", predictions);
  if (report.captions) write_file(folder / "bertscore_pairs.tsv", bertscore_pairs(caption_pairs(run.items)));
  const auto json = run_report_json(report);
  write_json(folder / "report.json", json);
  write_file(folder / "report.md", run_report_markdown(report));
  write_run_page(folder / "report.html", {{folder_name(folder), &run, &json}}, first_protocol(report), Json::array());
}

void take_in_bertscores(const std::filesystem::path& folder) {
  const auto file = folder / "bertscore.tsv";
  if (!std::filesystem::exists(file)) return;
  std::vector<std::string> ids;
  for (const auto& pair : caption_pairs(read_run(folder).items)) ids.push_back(pair.id);
  write_json(folder / "bertscore.json", bertscores_json(read_bertscores(file, ids)));
}

}  // namespace llama32med
