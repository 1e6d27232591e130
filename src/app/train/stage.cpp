#include "app/train/stage.h"

#include <spdlog/spdlog.h>

#include <chrono>

#include "app/common/environment.h"
#include "app/common/load.h"
#include "app/common/run_folder.h"
#include "app/common/stop_signal.h"
#include "app/plan/plan.h"
#include "app/train/curves.h"
#include "app/train/metrics.h"
#include "app/train/stage_files.h"
#include "app/train/stage_identity.h"
#include "app/train/stage_position.h"
#include "app/train/tuned_model.h"
#include "app/train/validation.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/peft/tune_config.h"
#include "llama32med/tensor/device.h"
#include "llama32med/train/state_folder.h"

namespace llama32med {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

struct Length {  // of a stage
  std::int64_t steps = 0, questions = 0;
};

Length length_of(const std::vector<Record>& records, const TrainConfig& train) {
  Length length;
  for (std::int64_t epoch = 0; epoch < train.epochs; ++epoch)
    for (const auto& step : epoch_steps(records, train.loader, static_cast<std::uint64_t>(train.seed), epoch)) {
      if (train.max_steps > 0 && length.steps == train.max_steps) return length;
      ++length.steps;
      length.questions += static_cast<std::int64_t>(step.size());
    }
  return length;
}

std::string ids_of(const TrainingStep& batch) {
  std::vector<std::string> ids;
  for (const auto& row : batch.rows) ids.push_back(row.record->id);
  return join(ids, ", ");
}

bool trains_vision(TunedModel& tuned) {
  const auto& names = tuned.model->parameters().names();
  return std::ranges::any_of(tuned.trained,
                             [&](const TrainedTensor& tensor) { return names.part_of(tensor.name) == Part::kVision; });
}

std::int64_t count_numbers(const std::vector<TrainedTensor>& tensors) {
  std::int64_t count = 0;
  for (const auto& tensor : tensors) count += tensor.value.numel();
  return count;
}

class StageRun {
 public:
  StageRun(const TrainingRequest& request, int number, const StageConfig& stage);
  StageOutcome run();

 private:
  void claim();
  void load();
  void train_epochs();
  void one_step(Loader& loader, Progress& progress);
  void after_step(bool epoch_ends);
  void validate();
  void save();
  void finish();
  bool at_end() const { return position_.step == length_.steps || gave_up(); }
  bool gave_up() const {
    return stage_.validate.patience > 0 && position_.validations_without_gain >= stage_.validate.patience;
  }
  StageOutcome outcome(bool was_done) const;

  const TrainingRequest& request_;
  const StageConfig& stage_;
  int number_;
  StageFiles files_;
  StageStart start_;
  StageData data_;
  Length length_;
  Validation validation_;
  StateFolder states_;
  std::optional<std::filesystem::path> resumed_from_;
  StagePosition position_;
  std::int64_t saved_step_ = -1, validated_step_ = -1;

  TunedModel tuned_;
  LoadedEncoder encoder_;
  std::unique_ptr<FeatureCache> features_;
  std::unique_ptr<Trainer> trainer_;
  std::unique_ptr<MetricsLog> metrics_;
  Clock::time_point began_ = Clock::now();
  std::int64_t questions_before_ = 0;  // of earlier processes
};

StageRun::StageRun(const TrainingRequest& request, int number, const StageConfig& stage)
    : request_(request),
      stage_(stage),
      number_(number),
      files_(request.out, number),
      start_(find_start(request, number, stage)),
      data_(read_stage_data(stage)),
      length_(length_of(data_.train.records, stage.train)),
      validation_(request.config, stage, data_.validate, files_.folder / "validation"),
      states_(files_.folder / "state", stage.train.keep_last) {}

void StageRun::claim() {
  if (request_.resume == "never") std::filesystem::remove_all(files_.folder);
  auto identity = stage_identity(request_, number_, stage_, start_);
  identity.update(data_identity(data_.train, data_.validate));
  claim_run_folder(files_.folder, identity);
  const bool automatic = request_.resume == "auto" || request_.resume == "never";
  resumed_from_ = automatic ? states_.latest() : std::filesystem::path(request_.resume);
  if (!resumed_from_) return;
  position_ = read_position(read_json(*resumed_from_ / "state.json").at("position"));
  questions_before_ = position_.questions;
  saved_step_ = automatic ? position_.step : -1;
}

void StageRun::load() {
  tuned_ = load_tuned_model(request_.config, stage_, start_);
  encoder_ = load_encoder(*tuned_.model, start_.model, stage_.prompt, request_.config.image);
  if (!trains_vision(tuned_) && stage_.train.feature_cache.kind != FeatureCacheKind::kOff)
    features_ = std::make_unique<FeatureCache>(stage_.train.feature_cache,
                                               features_key(request_.config, start_, tuned_.model->target()));
  trainer_ = std::make_unique<Trainer>(*tuned_.model, stage_.train,
                                       TrainerSetup{.trained = tuned_.trained,
                                                    .scaling = encoder_.encoder->images().scaling(),
                                                    .total_steps = length_.steps,
                                                    .seed = static_cast<std::uint64_t>(stage_.train.seed),
                                                    .features = features_.get()});
  metrics_ = std::make_unique<MetricsLog>(files_.metrics, position_.step);
  if (!resumed_from_) return;
  trainer_->load(*resumed_from_);
  spdlog::info("stage {}: going on behind step {} of {}", number_, position_.step, length_.steps);
}

StageOutcome StageRun::run() {
  claim();
  if (position_.finished) return outcome(true);
  if (request_.check_memory == MemoryCheck::kRefuse)
    refuse_too_large(plan_request(request_.config, stage_, data_.train.records, start_.model), number_);
  load();
  train_epochs();
  finish();
  return outcome(false);
}

void StageRun::train_epochs() {
  Progress progress(fmt::format("stage {}", number_), "questions", request_.progress);
  const auto& train = stage_.train;
  for (; position_.epoch < train.epochs && !at_end(); ++position_.epoch, position_.step_of_epoch = 0) {
    auto steps =
        epoch_steps(data_.train.records, train.loader, static_cast<std::uint64_t>(train.seed), position_.epoch);
    steps.erase(steps.begin(), steps.begin() + position_.step_of_epoch);
    Loader loader(data_.train.records, std::move(steps), *encoder_.encoder, train.loader.max_tokens);
    while (!loader.done() && !at_end()) {
      one_step(loader, progress);
      after_step(loader.done());
    }
  }
}

void StageRun::one_step(Loader& loader, Progress& progress) {
  const auto start = Clock::now();  // of the whole step, waiting for its pictures included
  const auto batch = loader.next();
  for (const auto& skipped : batch.skipped) spdlog::warn("record {} is left out: {}", skipped.id, skipped.reason);
  StepReport report;
  if (!batch.rows.empty()) report = trainer_->step(batch, position_.step);
  if (!report.nonfinite.empty() && stage_.train.on_nonfinite == NonFinite::kStop) {
    save();
    throw data_error(
        "stage {}, step {}: {}; nothing was updated, the state before it is in {}; its records: {}; "
        "--set train.on_nonfinite=skip leaves such steps out",
        number_, position_.step, report.nonfinite, states_.latest()->string(), ids_of(batch));
  }
  ++position_.step, ++position_.step_of_epoch;
  position_.questions += report.questions;
  position_.skipped_records += static_cast<std::int64_t>(batch.skipped.size());
  position_.skipped_steps += report.nonfinite.empty() ? 0 : 1;
  if (report.nonfinite.empty() && report.tokens > 0) position_.last_loss = report.loss();
  metrics_->step(position_, report, static_cast<double>(report.questions) / seconds_since(start));
  progress.update(
      static_cast<std::size_t>(position_.questions + position_.skipped_records),
      static_cast<std::size_t>(length_.questions), static_cast<std::size_t>(position_.questions - questions_before_),
      fmt::format("loss {:.4f}, lr {:.2e}, {} MiB", report.loss(), report.learning_rate, host_memory() >> 20));
}

void StageRun::after_step(bool epoch_ends) {
  const auto due = [&](std::int64_t every) { return every > 0 && position_.step % every == 0; };
  const auto last = position_.step == length_.steps;
  if (stage_.validate.every > 0 ? due(stage_.validate.every) || last : epoch_ends || last) validate();
  if (due(stage_.train.save_every) || epoch_ends || at_end()) save();
  try {
    throw_if_stopped();
  } catch (const Error&) {
    save();
    throw;
  }
}

void StageRun::validate() {
  if (!validation_.any() || validated_step_ == position_.step) return;
  validated_step_ = position_.step;
  const auto score = validation_.score(*trainer_, *tuned_.model, *encoder_.encoder, position_.step);
  metrics_->validation(position_.step, score);
  const bool by_loss = stage_.validate.metric == ValidationMetric::kLoss;
  const double value = by_loss ? score.loss : *score.accuracy;
  spdlog::info("stage {}, step {}: validation loss {:.4f}{}", number_, position_.step, score.loss,
               score.accuracy ? fmt::format(", accuracy {:.1f} %", 100 * *score.accuracy) : "");
  const bool better =
      !position_.best_value || (by_loss ? value < *position_.best_value : value > *position_.best_value);
  position_.validations_without_gain = better ? 0 : position_.validations_without_gain + 1;
  if (!better) return;
  position_.best_value = value;
  position_.best_step = position_.step;
  write_result(files_.best, tuned_, stage_.tune, start_);
}

void StageRun::save() {
  if (saved_step_ == position_.step && !position_.finished) return;
  try {
    states_.save(position_.step, [&](const std::filesystem::path& folder) {
      trainer_->save(folder);
      write_json(folder / "state.json",
                 {{"position", position_json(position_)}, {"environment", environment_json(tuned_.model->target())}});
    });
  } catch (const Error& error) {
    const auto good = states_.latest();
    throw Error(error.kind(), fmt::format("{}; {}", error.what(),
                                          good ? "the last good state stands: " + good->string()
                                               : std::string("no state was saved before")));
  }
  saved_step_ = position_.step;
  write_file(files_.curves, curves_svg(read_metrics(files_.metrics)));
}

void StageRun::finish() {
  const auto result = files_.result(tuned_.adapted);
  if (stage_.validate.result == StageResult::kBest && std::filesystem::exists(files_.best)) {
    const auto draft = std::filesystem::path(result.string() + ".unfinished");
    std::filesystem::remove_all(draft);
    std::filesystem::copy(files_.best, draft, std::filesystem::copy_options::recursive);
    place_folder(draft, result);
  } else {
    write_result(result, tuned_, stage_.tune, start_);
  }
  position_.finished = true;
  save();
}

StageOutcome StageRun::outcome(bool was_done) const {
  const bool is_adapter = std::filesystem::exists(files_.result(true));
  StageOutcome outcome{.stage = number_,
                       .was_done = was_done,
                       .result = files_.result(is_adapter),
                       .is_adapter = is_adapter,
                       .steps = position_.step,
                       .questions = position_.questions,
                       .skipped_records = position_.skipped_records,
                       .skipped_steps = position_.skipped_steps,
                       .last_loss = position_.last_loss,
                       .best_value = position_.best_value,
                       .best_step = position_.best_step,
                       .wall_seconds = seconds_since(began_)};
  if (was_done) return outcome;
  outcome.trained_numbers = count_numbers(tuned_.trained);
  outcome.model_numbers = tuned_.model->parameters().count();
  return outcome;
}

}  // namespace

StageOutcome run_stage(const TrainingRequest& request, int number, const StageConfig& stage) {
  return StageRun(request, number, stage).run();
}

}  // namespace llama32med
