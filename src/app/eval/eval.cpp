#include "app/eval/eval.h"

#include <spdlog/spdlog.h>

#include "app/common/environment.h"
#include "app/common/load.h"
#include "app/common/output_folder.h"
#include "app/common/records.h"
#include "app/common/run_folder.h"
#include "app/common/stop_signal.h"
#include "app/eval/shards.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/sha256.h"
#include "llama32med/core/version.h"
#include "llama32med/data/by_image.h"
#include "llama32med/report/image_gain.h"
#include "llama32med/report/run_report.h"
#include "llama32med/scoring/prediction_join.h"
#include "llama32med/weights/folders.h"

namespace llama32med {
namespace {

// The records of a split in the order in which they are answered.
struct EvaluatedSplit {
  Dataset dataset;
  std::string sha256;  // hash of the records, in file order
};

EvaluatedSplit read_split(const DataConfig& config) {
  EvaluatedSplit split{.dataset = read_records(config)};
  split.sha256 = records_sha256(split.dataset.records);
  split.dataset.records = order_by_image(std::move(split.dataset.records));
  return split;
}

// Everything that determines the predictions; how they are scored is not part of it.
Json run_identity(const RunConfig& config, const EvaluatedSplit& split, const PromptTemplate& prompt) {
  const auto settings = identity_of(config, {"model", "prompt", "data", "image", "generate", "eval", "runtime"});
  return {{"task", "eval"},
          {"version", program_version()},
          {"config", settings},
          {"model_fingerprint", model_fingerprint(config.model.folder)},
          {"adapter_sha256", config.model.adapter.empty() ? Json() : Json(adapter_sha256(config.model.adapter))},
          {"prompt_sha256", sha256(prompt.source())},
          {"records_sha256", split.sha256}};
}

DecodeFacts decode_facts(const GenerateConfig& config) {
  return {.kind = config.sampler.temperature == 0 ? "greedy" : "sampled",
          .temperature = config.sampler.temperature,
          .top_p = config.sampler.top_p,
          .max_new_tokens = config.max_new_tokens,
          .seed = config.seed};
}

std::string text_or_nothing(const Json& value) { return value.is_string() ? value.get<std::string>() : ""; }

// "sensible", "reference,window=0:4095,square_resize=512"
std::string image_settings(const ImageProcessorConfig& config) {
  auto text = enum_name(config.compatibility);
  if (!config.window.empty()) text += fmt::format(",window={}:{}", config.window[0], config.window[1]);
  if (config.square_resize > 0) text += fmt::format(",square_resize={}", config.square_resize);
  return text;
}

RunFacts run_facts(const EvaluationRequest& request, const Json& identity, const Backbone& model) {
  const auto& config = request.config;
  return {.name = request.name.empty() ? folder_name(request.out) : request.name,
          .dataset = config.data.name,
          .label = config.data.label,
          .split = config.data.split,
          .split_sha256 = text_or_nothing(identity["records_sha256"]),
          .model = model_label(config.model.folder),
          .model_fingerprint = text_or_nothing(identity["model_fingerprint"]),
          .adapter = config.model.adapter.string(),
          .adapter_sha256 = text_or_nothing(identity["adapter_sha256"]),
          .prompt = config.prompt.file,
          .prompt_sha256 = text_or_nothing(identity["prompt_sha256"]),
          .image = image_settings(config.image),
          .semantics = enum_name(config.model.options.semantics),
          .vision_features = enum_name(config.model.options.vision_features),
          .dtype = dtype_name(c10::typeMetaToScalarType(model.target().dtype())),
          .gpu = gpu_text(model.target().device()),
          .image_condition = enum_name(config.eval.images),
          .decode = decode_facts(config.generate)};
}

std::filesystem::path answers_file(const std::filesystem::path& folder, ImageCondition condition) {
  return condition == ImageCondition::kNormal ? folder / "predictions.jsonl"
                                              : folder / fmt::format("answers.{}.jsonl", enum_name(condition));
}

// Uses only the predictions on disk, so that anyone who has the file gets the same numbers.
void report(const EvaluationRequest& request, const Dataset& dataset, RunFacts facts, EvaluationOutcome& outcome) {
  const auto& config = request.config;
  facts.records = static_cast<std::int64_t>(dataset.records.size());
  const auto items = [&](const std::filesystem::path& file) {
    return join_predictions(dataset, read_predictions(file), Coverage::kComplete);
  };
  ReportRequest asked{.protocols = chosen_protocols(config.report.protocols),
                      .train = read_training(config.data, config.report),
                      .looks = config.report.looks()};
  for (const auto condition : config.report.image_gain)
    asked.conditions.emplace_back(enum_name(condition), items(answers_file(request.out, condition)));
  const ReportContext context({facts, items(request.out / "predictions.jsonl"), dataset.skipped}, std::move(asked));
  outcome.image_gain = image_gains_text(write_report(request.out, context));
  outcome.table = context.score_table();
  outcome.answers_without_image = static_cast<std::size_t>(context.answers_without_image());
}

// Predicts the records whose answers are not in the file yet.
PredictProgress predict(const EvaluationRequest& request, const LoadedModel& loaded, const Dataset& dataset,
                        ImageCondition condition) {
  const auto& config = request.config;
  const auto& shard = request.shard;
  auto settings = config.eval;
  if (condition != ImageCondition::kNormal) settings.images = condition;
  Predictor predictor(*loaded.model, *loaded.encoder, config.generate, settings);
  const auto file = answers_file(folder_of(shard, request.out), condition);
  const auto records = predictor.records_of(shard, dataset.records);
  PredictionFile predictions(file, records);
  if (predictions.done() > 0)
    spdlog::info("resuming: {} of {} answers are already there", predictions.done(), records.size());
  PredictShare share{.shard = shard};
  if (shard.is_whole()) share.answered = answers_of_shards(request.out, file.filename().string());
  Progress progress(
      condition == ImageCondition::kNormal ? "eval" : fmt::format("eval, {} images", enum_name(condition)), "questions",
      request.progress);
  const auto on_progress = [&](const PredictProgress& now) {
    progress.update(now.done, now.total, now.computed);
    if (now.done < now.total) throw_if_stopped();
  };
  return predictor.run(dataset, predictions, on_progress, share);
}

void forget_answers(const std::filesystem::path& folder) {
  remove_file(folder / "config.json");
  for (const auto& [name, condition] : names_of(ImageCondition{})) remove_file(answers_file(folder, condition));
}

// Takes the folder for the run, or for its shard.
void claim(const EvaluationRequest& request, const std::filesystem::path& folder, const Json& run) {
  const ClaimFiles files{.results = {"predictions.jsonl"}};
  const auto identity = identity_of(request.shard, run);
  const bool fresh = request.resume == Resume::kFresh;
  check_run_folder(request.out, run, files, request.shard.is_whole() ? request.resume : Resume::kAuto);
  check_run_folder(folder, identity, files, request.resume);
  if (fresh && request.shard.is_whole()) remove_shards(request.out);
  if (fresh) forget_answers(folder);
  check_shards(request.out, run);
  claim_run_folder(folder, identity, files);
}

}  // namespace

EvaluationOutcome evaluate(const EvaluationRequest& request) {
  const auto& config = request.config;
  chosen_protocols(config.report.protocols);  // fail on unknown names before loading anything
  const auto folder = folder_of(request.shard, request.out);
  const auto lock = lock_folder(folder);
  const auto split = read_split(config.data);
  const auto& dataset = split.dataset;
  const auto loaded = load_model_with_encoder(config);
  const auto run = run_identity(config, split, loaded.encoder->prompt());
  claim(request, folder, run);
  write_json(folder / "environment.json", environment_json(loaded.model->target()));

  EvaluationOutcome outcome{.skipped = dataset.skipped.size(), .ready_seconds = process_age()};
  outcome.progress = predict(request, loaded, dataset, ImageCondition::kNormal);
  for (const auto condition : config.report.image_gain) predict(request, loaded, dataset, condition);
  outcome.wall_seconds = process_age() - outcome.ready_seconds;
  if (request.shard.is_whole()) report(request, dataset, run_facts(request, run, *loaded.model), outcome);
  return outcome;
}

}  // namespace llama32med
