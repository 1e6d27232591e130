#include "llama32med/app/evaluation.h"

#include <spdlog/spdlog.h>

#include <set>

#include "llama32med/app/environment.h"
#include "llama32med/app/records.h"
#include "llama32med/app/run_folder.h"
#include "llama32med/app/stop_signal.h"
#include "llama32med/app/wiring.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/core/sha256.h"

namespace llama32med {
namespace {

// Everything that decides what the predictions are. Threads do not.
Json run_identity(const RunConfig& config, const Dataset& dataset, const PromptTemplate& prompt) {
  auto settings = write_config(config);
  settings["runtime"].erase("threads");
  for (const auto* section : {"tune", "train", "validate", "stage1", "stage2"}) settings.erase(section);
  return {
      {"task", "eval"},
      {"version", program_version()},
      {"config", settings},
      {"model_fingerprint", model_fingerprint(config.model.folder)},
      {"adapter_sha256", config.model.adapter.empty() ? Json() : Json(AdapterFolder(config.model.adapter).sha256())},
      {"prompt_sha256", sha256(prompt.source())},
      {"records_sha256", records_sha256(dataset.records)}};
}

Json skipped_json(const Dataset& dataset) {
  Json list = Json::array();
  for (const auto& skipped : dataset.skipped)
    list.push_back({{"id", skipped.id}, {"where", skipped.where}, {"reason", skipped.reason}});
  return list;
}

std::string decode_name(const GenerateConfig& config) { return config.sampler.temperature == 0 ? "greedy" : "sampled"; }

std::string report_markdown(const RunConfig& config, const Dataset& dataset, const std::string& table) {
  const auto adapter = config.model.adapter.empty() ? "" : fmt::format(" with `{}`", config.model.adapter.string());
  auto text =
      fmt::format("# {} {}\n\nModel `{}`{}, prompt `{}`, {} decoding, semantics {}.\n\n```\n{}```\n", dataset.name,
                  dataset.split, config.model.folder.filename().string(), adapter, config.prompt.file,
                  decode_name(config.generate), enum_name(config.model.options.semantics), table);
  if (!dataset.skipped.empty())
    text += fmt::format("\n{} records of the split were skipped; report.json lists them with reasons.\n",
                        dataset.skipped.size());
  return text;
}

// Those of earlier runs as well.
std::size_t count_without_image(const std::filesystem::path& predictions) {
  std::size_t count = 0;
  for_each_json_line(predictions, [&](const Json& line, const std::string&) { count += line.contains("error"); });
  return count;
}

// From the predictions on disk alone, so that whoever has the file gets the same numbers.
void write_reports(const EvaluationRequest& request, const Dataset& dataset, EvaluationOutcome& outcome) {
  const auto file = request.out / "predictions.jsonl";
  outcome.answers_without_image = count_without_image(file);
  outcome.table =
      score_predictions(dataset, read_predictions(file),
                        {.protocols = request.config.eval.protocols, .decode = decode_name(request.config.generate)});
  Json report = {{"version", program_version()}, {"scores", score_table_json(outcome.table)}};
  report["answers_without_image"] = outcome.answers_without_image;
  report["skipped"] = skipped_json(dataset);
  write_json(request.out / "report.json", report);
  write_file(request.out / "report.md", report_markdown(request.config, dataset, score_table_text(outcome.table)));
}

// Unknown and doubled names are told before anything is loaded.
void check_protocols(const std::vector<std::string>& names) {
  std::set<std::string> seen;
  for (const auto& name : names) {
    protocol(name);
    if (!seen.insert(name).second) throw usage_error("--protocol: {} is named twice", name);
  }
}

// Answers that do not say which run they are of cannot be gone on with.
void refuse_orphans(const std::filesystem::path& folder) {
  if (std::filesystem::exists(folder / "predictions.jsonl") && !std::filesystem::exists(folder / "config.json"))
    throw usage_error(
        "{}: holds predictions.jsonl without the config.json of its run; choose another --out, or --fresh to "
        "throw it away",
        folder.string());
}

}  // namespace

EvaluationOutcome evaluate(const EvaluationRequest& request) {
  const auto& config = request.config;
  check_protocols(config.eval.protocols);
  const auto dataset = read_records(config.data);
  const auto bench = load_workbench(config);
  if (request.resume == Resume::kNever)
    for (const auto* name : {"predictions.jsonl", "config.json"}) std::filesystem::remove(request.out / name);
  refuse_orphans(request.out);
  claim_run_folder(request.out, run_identity(config, dataset, bench.encoder->prompt()));
  write_json(request.out / "environment.json", environment_json(bench.model->target()));

  EvaluationOutcome outcome{.skipped = dataset.skipped.size(), .ready_seconds = process_age()};
  PredictionFile predictions(request.out / "predictions.jsonl", Evaluator::item_order(dataset));
  if (predictions.done() > 0)
    spdlog::info("{} of {} answers are there already; going on", predictions.done(), dataset.records.size());
  {
    Progress progress("eval", "questions", request.progress);
    const Evaluator evaluator(*bench.model, *bench.encoder, config.generate, config.eval);
    outcome.progress = evaluator.run(dataset, predictions, [&](const EvaluationProgress& now) {
      progress.update(now.done, now.total, now.computed);
      if (now.done < now.total) throw_if_stopped();
    });
  }
  outcome.wall_seconds = process_age() - outcome.ready_seconds;
  write_reports(request, dataset, outcome);
  return outcome;
}

}  // namespace llama32med
