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
#include "app/train/result_files.h"
#include "app/train/resume_point.h"
#include "app/train/saved_state.h"
#include "app/train/skip_log.h"
#include "app/train/stage_identity.h"
#include "app/train/stage_inputs.h"
#include "app/train/stage_machine.h"
#include "app/train/stage_position.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/tensor/device.h"
#include "llama32med/train/state_folder.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

const ClaimFiles kStageFiles{.results = {"state", "adapter", "model", "best"}};

// Runs the remaining steps of a stage. Keeps references to its arguments.
class StageLoop {
 public:
  StageLoop(const StageInputs& inputs, const StateIdentity& identity, StageMachine& machine, const ResumePoint& from,
            ProgressStyle style)
      : inputs_(inputs),
        identity_(identity),
        stage_(inputs.stage),
        machine_(machine),
        position_(from.position),
        states_(states_of(inputs)),
        metrics_(inputs.files.metrics, from.position.step),
        validation_(inputs.run, inputs.stage, inputs.data.validate, inputs.files.folder / "validation"),
        progress_(fmt::format("stage {}", inputs.number), inputs.unit, style),
        saved_step_(from.saved_step),
        questions_before_(from.position.questions) {}

  StagePosition run() {
    for (; position_.epoch < stage_.train.epochs && !at_end(); position_.begin_next_epoch()) train_epoch();
    if (position_.step_of_epoch > 0) position_.begin_next_epoch();  // resumed behind the last step
    finish();
    return position_;
  }

 private:
  void train_epoch();
  void one_step(Loader& loader);
  void after_step(bool epoch_ends);
  void validate();
  void save();
  void write(const fs::path& result) const;
  void finish();
  [[noreturn]] void stop_at_nonfinite(const TrainingStep& batch, const StepReport& report);
  void show_progress(const StepReport& report);
  void refuse_unusable_epoch() const;

  bool at_end() const {
    const auto patience = stage_.validate.patience;
    return position_.step == inputs_.length.steps || (patience > 0 && position_.validations_without_gain >= patience);
  }

  const StageInputs& inputs_;
  const StateIdentity identity_;
  const StageConfig& stage_;
  StageMachine& machine_;
  StagePosition position_;
  StateFolder states_;
  MetricsLog metrics_;
  Validation validation_;
  Progress progress_;
  SkipLog skips_;
  std::int64_t saved_step_, validated_step_ = -1;
  std::int64_t questions_before_;  // trained on by earlier processes
};

void StageLoop::train_epoch() {
  const auto& train = stage_.train;
  const auto& records = inputs_.data.train.records;
  const auto before = position_.questions;
  const bool whole = position_.step_of_epoch == 0 || before == 0;
  auto steps = epoch_steps(records, train.loader, static_cast<std::uint64_t>(train.seed), position_.epoch);
  steps.erase(steps.begin(), steps.begin() + position_.step_of_epoch);
  Loader loader(records, std::move(steps), *machine_.encoder.encoder, train.loader.max_tokens);
  while (!loader.done() && !at_end()) {
    one_step(loader);
    const bool last = loader.done() || at_end();
    if (last && whole && position_.questions == before) refuse_unusable_epoch();
    after_step(loader.done());
  }
}

void StageLoop::one_step(Loader& loader) {
  const auto start = Clock::now();  // includes waiting for images
  const auto batch = loader.next();
  skips_.warn(batch.skipped);
  StepReport report;
  if (!batch.rows.empty()) report = machine_.trainer->step(batch, position_.step);
  if (!report.nonfinite.empty() && stage_.train.on_nonfinite == NonFinite::kStop) stop_at_nonfinite(batch, report);
  position_.advance(report, static_cast<std::int64_t>(batch.skipped.size()));
  metrics_.step(position_, report, static_cast<double>(report.questions) / seconds_since(start));
  show_progress(report);
}

void StageLoop::refuse_unusable_epoch() const {
  throw data_error("stage {}: none of the {} {} of epoch {} could be used, the first because of: {}", inputs_.number,
                   inputs_.data.train.records.size(), inputs_.unit, position_.epoch + 1, skips_.first_reason());
}

void StageLoop::stop_at_nonfinite(const TrainingStep& batch, const StepReport& report) {
  save();
  throw data_error(
      "stage {}, step {}: {}; nothing was updated, the state before this step is in {}; records in this step: {}; "
      "--set train.on_nonfinite=skip skips such steps",
      inputs_.number, position_.step, report.nonfinite, states_.latest()->string(), ids_of(batch));
}

void StageLoop::show_progress(const StepReport& report) {
  progress_.update(
      static_cast<std::size_t>(position_.questions + position_.skipped_records),
      static_cast<std::size_t>(inputs_.length.questions),
      static_cast<std::size_t>(position_.questions - questions_before_),
      fmt::format("loss {:.4f}, lr {:.2e}, {} MiB", report.loss(), report.learning_rate, host_memory() >> 20));
}

void StageLoop::after_step(bool epoch_ends) {
  const auto due = [&](std::int64_t every) { return every > 0 && position_.step % every == 0; };
  const auto last = position_.step == inputs_.length.steps;
  if (stage_.validate.every > 0 ? due(stage_.validate.every) || last : epoch_ends || last) validate();
  if (due(stage_.train.save_every) || epoch_ends || at_end()) save();
  try {
    throw_if_stopped();
  } catch (const Error&) {
    save();
    throw;
  }
}

void StageLoop::validate() {
  if (!validation_.any() || validated_step_ == position_.step) return;
  validated_step_ = position_.step;
  const auto score =
      validation_.score(*machine_.trainer, *machine_.tuned.model, *machine_.encoder.encoder, position_.step);
  metrics_.validation(position_.step, score);
  spdlog::info("stage {}, step {}: validation loss {:.4f}{}", inputs_.number, position_.step, score.loss,
               score.accuracy ? fmt::format(", accuracy {:.1f} %", 100 * *score.accuracy) : "");
  const auto metric = stage_.validate.metric;
  if (position_.take_validation(metric == ValidationMetric::kLoss ? score.loss : *score.accuracy, metric))
    write(inputs_.files.best);
}

void StageLoop::save() {
  if (saved_step_ == position_.step && !position_.finished) return;
  metrics_.sync();
  try {
    states_.save(position_.step, [&](const fs::path& folder) {
      write_state(folder, *machine_.trainer, identity_, position_, environment_json(machine_.tuned.model->target()));
    });
  } catch (const Error& error) {
    const auto good = states_.latest();
    throw Error(error.kind(),
                fmt::format("{}; {}", error.what(),
                            good ? "the last good state is " + good->string() : std::string("no state was saved yet")));
  }
  saved_step_ = position_.step;
  const auto title = fmt::format("{}, stage {}", folder_name(inputs_.files.folder.parent_path()), inputs_.number);
  write_file(inputs_.files.curves, curves_svg(read_metrics(inputs_.files.metrics), title));
}

void StageLoop::write(const fs::path& result) const {
  write_result(result, machine_.tuned, stage_.tune, inputs_.start, [&](const fs::path& draft) {
    write_training_record(draft, inputs_, position_);
    write_model_card(draft, inputs_);
  });
}

void StageLoop::finish() {
  const auto result = inputs_.files.result(machine_.tuned.adapted);
  const bool keeps_best = stage_.validate.result == StageResult::kBest && is_there(inputs_.files.best);
  keeps_best ? copy_folder(inputs_.files.best, result) : write(result);
  position_.finished = true;
  save();
  if (machine_.features && machine_.features->full())
    spdlog::warn("stage {}: the feature cache is full or cannot be written, so not every image was cached",
                 inputs_.number);
}

void check_memory(const StageInputs& inputs, const std::optional<std::int64_t>& limit) {
  const auto target = choose_target(inputs.run.runtime);
  const auto request =
      plan_request({inputs.run, inputs.number, inputs.stage, target}, inputs.data.train.records, inputs.start.model);
  refuse_too_large(request, limit.value_or(available_memory(target.device())));
}

StageOutcome read_outcome(const StageInputs& inputs, const StagePosition& position) {
  const bool is_adapter = is_there(inputs.files.result(true));
  return {.stage = inputs.number,
          .unit = inputs.unit,
          .result = inputs.files.result(is_adapter),
          .is_adapter = is_adapter,
          .base_model = inputs.start.model,
          .records = std::ssize(inputs.data.train.records),
          .steps = position.step,
          .questions = position.questions,
          .skipped_records = position.skipped_records,
          .skipped_steps = position.skipped_steps,
          .last_loss = position.last_loss,
          .best_value = position.best_value,
          .best_step = position.best_step};
}

}  // namespace

StageOutcome run_stage(const TrainingRequest& request, int number, const StageConfig& stage,
                       const std::function<void()>& on_accepted) {
  const auto began = Clock::now();
  const auto inputs = read_stage_inputs(request, number, stage);
  const auto identity = stage_identity(inputs);
  check_run_folder(inputs.files.folder, identity, kStageFiles, request.resume);
  const auto run = state_identity(identity, number);
  const auto from = find_resume_point(request, inputs, run);
  if (from.position.finished && inputs.files.find_result()) {
    on_accepted();
    auto before = read_outcome(inputs, from.position);
    before.was_done = true;
    before.wall_seconds = seconds_since(began);
    return before;
  }
  if (request.check_memory == MemoryCheck::kRefuse) check_memory(inputs, request.fit);
  auto machine = load_stage_machine(inputs);
  on_accepted();
  if (request.resume == Resume::kFresh) remove_tree(inputs.files.folder);
  claim_run_folder(inputs.files.folder, identity, kStageFiles);
  if (from.state) {
    machine.trainer->load(*from.state);
    spdlog::info("stage {}: resuming after step {} of {}", number, from.position.step, inputs.length.steps);
  }
  auto outcome = read_outcome(inputs, StageLoop(inputs, run, machine, from, request.progress).run());
  outcome.trained_parameters = machine.trained_parameters();
  outcome.model_parameters = machine.tuned.model->parameters().count();
  outcome.wall_seconds = seconds_since(began);
  return outcome;
}

}  // namespace llama32med
