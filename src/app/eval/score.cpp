#include "app/eval/score.h"

#include "app/common/records.h"
#include "app/common/run_folder.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/report/run_report.h"

namespace llama32med {
namespace {

AnsweredRun read_answers(const ScoreFileRequest& request) {
  const auto& data = request.config.data;
  AnsweredRun run;
  const auto file = request.predictions.stem().string();
  run.facts.name = request.out.empty() ? file : folder_name(request.out);
  if (!request.name.empty()) run.facts.name = request.name;
  run.facts.label = data.label;
  run.facts.predictions_file = request.predictions.filename().string();
  if (data.name.empty()) {
    run.items = read_self_contained(request.predictions);
    run.facts.dataset = file, run.facts.split = "file";
    run.facts.records = static_cast<std::int64_t>(run.items.size());
    return run;
  }
  const auto dataset = read_records(data, ImageCheck::kIgnore);
  run.items = join_predictions(dataset, read_predictions(request.predictions), request.coverage);
  run.facts.dataset = dataset.name, run.facts.split = dataset.split;
  run.facts.split_sha256 = records_sha256(dataset.records);
  run.facts.records = static_cast<std::int64_t>(dataset.records.size());
  run.skipped = dataset.skipped;
  return run;
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
  auto run = read_answers(request);
  const bool whole = request.sections == ReportSections::kAll;
  if (whole) asked.train = read_training_of(request.config);
  const ReportContext context(std::move(run), std::move(asked));
  ScoreFileOutcome outcome;
  if (whole) outcome.report = request.out.empty() ? report_json(context) : write_report(request.out, context);
  outcome.table = context.score_table();
  return outcome;
}

}  // namespace llama32med
