#include "app/eval/score.h"

#include <set>

#include "app/common/records.h"
#include "app/common/run_folder.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"

namespace llama32med {
namespace {

AnsweredRun run_of(const ScoringRequest& request) {
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

TrainingData training_of(const RunConfig& config) {
  if (config.data.name.empty()) return {.absent = "the predictions were scored without a dataset"};
  return read_training(config.data, config.report);
}

}  // namespace

std::vector<std::string> chosen_protocols(const std::vector<std::string>& names) {
  if (names == std::vector<std::string>{"all"}) return protocol_names();
  std::set<std::string> seen;
  for (const auto& name : names) {
    protocol(name);
    if (!seen.insert(name).second) throw usage_error("--protocol: {} is named twice", name);
  }
  return names;
}

ImageLooks looks_of(const ReportConfig& config) {
  return config.compare_pictures ? ImageLooks::kCompare : ImageLooks::kIgnore;
}

RunReport score_file(const ScoringRequest& request) {
  const auto protocols = chosen_protocols(request.config.eval.protocols);
  if (request.predictions.empty()) throw usage_error("score: give --predictions FILE");
  const auto run = run_of(request);
  ReportRequest reporting{.sections = request.sections, .protocols = protocols};
  if (request.sections == ReportSections::kAll)
    reporting.train = training_of(request.config), reporting.looks = looks_of(request.config.report);
  auto report = make_report(run, reporting);
  if (!request.out.empty()) write_report(request.out, run, report);
  return report;
}

}  // namespace llama32med
