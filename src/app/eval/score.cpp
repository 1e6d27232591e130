#include "app/eval/score.h"

#include "app/common/records.h"
#include "app/common/run_folder.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/report/run_report.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

AnsweredRun read_answers(const ScoreFileRequest& request) {
  const auto& data = request.config.data;
  AnsweredRun run;
  run.facts.name = request.out.empty() ? request.predictions.stem().string() : folder_name(request.out);
  run.facts.predictions_file = request.predictions.filename().string();
  if (data.name.empty()) {
    run.items = read_self_contained(request.predictions);
    run.facts.dataset = request.predictions.stem().string(), run.facts.split = "file";
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

// The report of an earlier score may be replaced; the folder of a run and the predictions themselves are kept.
void check_out(const ScoreFileRequest& request) {
  const auto& out = request.out;
  refuse_files(out, {"config.json"}, "score");
  const bool is_input = fs::exists(out) && fs::exists(request.predictions.parent_path()) &&
                        fs::weakly_canonical(request.predictions) == fs::weakly_canonical(out / "predictions.jsonl");
  if (is_input || !fs::exists(out / "report.json")) refuse_files(out, {"predictions.jsonl"}, "score");
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
