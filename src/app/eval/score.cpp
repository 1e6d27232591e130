#include "app/eval/score.h"

#include "app/common/output_folder.h"
#include "app/common/records.h"
#include "app/common/run_folder.h"
#include "app/eval/shown_images.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/json_object.h"
#include "llama32med/report/run_report.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

std::vector<Item> join_with(const Dataset& dataset, const ScoreFileRequest& request) {
  const auto& file = request.predictions;
  const auto& keys = request.keys;
  if (request.join == JoinBy::kId) return join_predictions(dataset, read_predictions(file, keys), request.coverage);
  return join_by_question(dataset, read_self_contained(file, keys), request.coverage);
}

AnsweredRun read_answers(const ScoreFileRequest& request) {
  const auto& data = request.config.data;
  AnsweredRun run;
  const auto file = request.predictions.stem().string();
  run.facts.name = request.out.empty() ? file : folder_name(request.out);
  if (!request.name.empty()) run.facts.name = request.name;
  run.facts.label = data.label;
  run.facts.predictions_file = request.predictions.filename().string();
  if (data.name.empty()) {
    run.items = read_self_contained(request.predictions, request.keys);
    auto folders = data.allow_outside;
    if (!data.folder.empty()) folders.push_back(data.folder);
    hide_foreign_images(run.items, AllowedFolders(request.predictions.parent_path(), folders), request.predictions);
    run.facts.dataset = file, run.facts.split = "file";
    run.facts.records = static_cast<std::int64_t>(run.items.size());
    return run;
  }
  const auto dataset = read_records(data, ImageCheck::kIgnore);
  run.items = join_with(dataset, request);
  run.facts.dataset = dataset.name, run.facts.split = dataset.split;
  run.facts.split_sha256 = records_sha256(dataset.records);
  run.facts.records = static_cast<std::int64_t>(dataset.records.size());
  run.skipped = dataset.skipped;
  return run;
}

// The report of an earlier score may be replaced; the folder of a run and the predictions themselves are kept.
void check_out(const ScoreFileRequest& request) {
  const auto& out = request.out;
  refuse_files(out, {"config.json"}, "score");
  const auto place = [](const fs::path& file) { return canonical_path(absolute_path(file)); };
  const bool is_input = place(request.predictions) == place(out / "predictions.jsonl");
  if (is_input || !is_there(out / "report.json")) refuse_files(out, {"predictions.jsonl"}, "score");
}

// Predictions that an eval of ours wrote, beside their report: model, prompt, image settings and decoding are known.
void take_facts_of_eval(RunFacts& facts, const std::vector<Item>& items, const fs::path& predictions) {
  const auto file = predictions.parent_path() / "report.json";
  if (!is_there(file)) return;
  RunFacts made;
  try {
    const auto report = read_json(file);
    read_config(JsonObject(report, file.string()).require("run"), made, file.string());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kResource) throw;
    return;  // a report of something else
  }
  if (made.predictions_sha256 != predictions_sha256(items)) return;
  made.name = facts.name, made.label = facts.label, made.dataset = facts.dataset, made.split = facts.split;
  made.split_sha256 = facts.split_sha256, made.records = facts.records, made.predictions_file = facts.predictions_file;
  facts = made;
}

TrainingData read_training_of(const RunConfig& config) {
  if (config.data.name.empty()) return {.absent = "the predictions were scored without a dataset"};
  return read_training(config.data, config.report);
}

}  // namespace

ScoreFileOutcome score_file(const ScoreFileRequest& request) {
  const auto& config = request.config.report;
  ReportRequest asked{.protocols = chosen_protocols(config.protocols), .looks = config.looks()};
  if (request.predictions.empty()) throw usage_error("score: give --predictions FILE");
  if (!request.out.empty()) check_out(request);
  const auto lock = request.out.empty() ? nullptr : lock_folder(request.out);
  if (request.join == JoinBy::kQuestion && request.config.data.name.empty())
    throw usage_error("--join question: give --dataset and --data, whose records are joined");
  auto run = read_answers(request);
  take_facts_of_eval(run.facts, run.items, request.predictions);
  refuse_copies(run.items, request.predictions, request.keys);
  const bool whole = request.sections == ReportSections::kAll;
  if (whole) asked.train = read_training_of(request.config);
  const ReportContext context(std::move(run), std::move(asked));
  ScoreFileOutcome outcome;
  if (whole) outcome.report = request.out.empty() ? report_json(context) : write_report(request.out, context);
  outcome.table = context.score_table();
  return outcome;
}

}  // namespace llama32med
