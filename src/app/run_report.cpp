#include "llama32med/app/run_report.h"

#include <algorithm>

#include "app/item_line.h"
#include "llama32med/app/environment.h"
#include "llama32med/app/run_folder.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/core/sha256.h"
#include "llama32med/eval/item_json.h"

namespace llama32med {
namespace {

Json skipped_json(const std::vector<SkippedRecord>& skipped) {
  Json list = Json::array();
  for (const auto& record : skipped)
    list.push_back({{"id", record.id}, {"where", record.where}, {"reason", record.reason}});
  return list;
}

std::int64_t answers_without_image(const std::vector<Item>& items) {
  return std::count_if(items.begin(), items.end(), [](const Item& item) { return !item.prediction.error.empty(); });
}

// Of ids and answers, whatever order a file has them in.
std::string predictions_sha256(const std::vector<Item>& items) {
  std::vector<std::string> lines;
  for (const auto& [record, prediction] : items) lines.push_back(json_line(Json::array({record.id, prediction.text})));
  std::sort(lines.begin(), lines.end());
  return sha256(join(lines, "\n"));
}

std::string facts_markdown(const RunFacts& facts) {
  std::string text = "| | |\n|---|---|\n";
  const auto json = write_config(facts);
  for (const auto& [name, value] : json.items())
    if (value != "" && value != 0 && !value.is_object())
      text += fmt::format("| {} | `{}` |\n", name, value.is_string() ? value.get<std::string>() : value.dump());
  return text;
}

}  // namespace

RunReport make_report(const AnsweredRun& answered, const std::vector<std::string>& protocols) {
  auto run = answered;  // by id, so that no number depends on the order of a file, not even in its last digit
  std::sort(run.items.begin(), run.items.end(), [](const Item& a, const Item& b) { return a.record.id < b.record.id; });
  RunReport report{
      .facts = run.facts, .skipped = run.skipped, .answers_without_image = answers_without_image(run.items)};
  report.facts.scored = static_cast<std::int64_t>(run.items.size());
  report.facts.predictions_sha256 = predictions_sha256(run.items);
  report.scores = make_score_table(run.items, {.dataset = run.facts.dataset,
                                               .split = run.facts.split,
                                               .records = run.facts.records,
                                               .protocols = protocols,
                                               .decode = run.facts.decode.kind});
  return report;
}

Json run_report_json(const RunReport& report) {
  return {{"version", program_version()},
          {"schema", 1},
          {"run", write_config(report.facts)},
          {"scores", score_table_json(report.scores)},
          {"answers_without_image", report.answers_without_image},
          {"skipped", skipped_json(report.skipped)}};
}

std::string run_report_markdown(const RunReport& report) {
  auto text = fmt::format("# {} {}\n\n{}\n```\n{}```\n", report.facts.dataset, report.facts.split,
                          facts_markdown(report.facts), score_table_text(report.scores));
  if (!report.skipped.empty())
    text += fmt::format("\n{} records of the split were skipped; report.json lists them with reasons.\n",
                        report.skipped.size());
  return text;
}

void write_report(const std::filesystem::path& folder, const AnsweredRun& run, const RunReport& report) {
  std::vector<std::string> protocols;
  for (const auto& row : report.scores.rows) protocols.push_back(row.protocol);
  std::string predictions;
  for (const auto& item : run.items) predictions += json_line(item_line(item, report.facts, protocols)) + "\n";
  write_file(folder / "predictions.jsonl", predictions);
  write_json(folder / "report.json", run_report_json(report));
  write_file(folder / "report.md", run_report_markdown(report));
}

AnsweredRun read_run(const std::filesystem::path& folder) {
  const auto predictions = folder / "predictions.jsonl", file = folder / "report.json";
  if (!std::filesystem::is_regular_file(predictions) || !std::filesystem::is_regular_file(file))
    throw data_error("{}: holds no finished run; report.json and predictions.jsonl are left by eval and score --out",
                     folder.string());
  const auto report = read_json(file);
  if (!report.is_object() || !report.contains("run") || !report["run"].is_object())
    throw data_error("{}: has no \"run\"; it was written by another program or an older version", file.string());
  AnsweredRun run;
  read_config(report["run"], run.facts, file.string());
  run.facts.name = folder_name(folder);
  for_each_json_line(predictions, [&](const Json& line, const std::string&) {
    run.items.push_back({record_from_json(line), prediction_from_json(line)});
  });
  for (const auto& skipped : report.value("skipped", Json::array()))
    run.skipped.push_back({skipped.value("id", ""), skipped.value("where", ""), skipped.value("reason", "")});
  return run;
}

}  // namespace llama32med
