#include "app/train/stage.h"

#include <spdlog/spdlog.h>

#include <chrono>

#include "app/common/environment.h"
#include "app/common/run_folder.h"
#include "app/common/stop_signal.h"
#include "app/plan/plan.h"
#include "app/train/curves.h"
#include "app/train/metrics.h"
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

std::string ids_of(const TrainingStep& batch) {
  std::vector<std::string> ids;
  for (const auto& row : batch.rows) ids.push_back(row.record->id);
  return join(ids, ", ");
}

StateFolder states_of(const StageInputs& inputs) {
  return {inputs.files.folder / "state", inputs.stage.train.keep_last};
}

struct ResumePoint {
  std::optional<fs::path> state;  // absent: start from the beginning
  StagePosition position;
  std::int64_t saved_step = -1;  // step of the last state in the stage's own folder
};

ResumePoint claim_stage(const TrainingRequest& request, const StageInputs& inputs) {
  if (request.resume == Resume::kFresh) fs::remove_all(inputs.files.folder);
  claim_run_folder(inputs.files.folder, stage_identity(inputs));
  ResumePoint point{.state = request.state ? request.state : states_of(inputs).latest()};
  if (!point.state) return point;
  point.position = read_position(read_json(*point.state / kStateFile).at("position"));
  if (!request.state) point.saved_step = point.position.step;
  return point;
}

// Runs the remaining steps of a stage. Keeps references to its arguments.
class StageLoop {
 public:
  StageLoop(const StageInputs& inputs, StageMachine& machine, const ResumePoint& from, ProgressStyle style)
      : inputs_(inputs),
        stage_(inputs.stage),
        machine_(machine),
        position_(from.position),
        states_(states_of(inputs)),
        metrics_(inputs.files.metrics, from.position.step),
        validation_(inputs.run, inputs.stage, inputs.data.validate, inputs.files.folder / "validation"),
        progress_(fmt::format("stage {}", inputs.number), "questions", style),
        saved_step_(from.saved_step),
        questions_before_(from.position.questions) {}

  StagePosition run() {
    for (; position_.epoch < stage_.train.epochs && !at_end(); position_.begin_next_epoch()) train_epoch();
    finish();
    return position_;
  }

 private:
  void train_epoch();
  void one_step(Loader& loader);
  void after_step(bool epoch_ends);
  void validate();
  void save();
  void finish();
  [[noreturn]] void stop_at_nonfinite(const TrainingStep& batch, const StepReport& report);
  void show_progress(const StepReport& report);

  bool at_end() const {
    const auto patience = stage_.validate.patience;
    return position_.step == inputs_.length.steps || (patience > 0 && position_.validations_without_gain >= patience);
  }

  const StageInputs& inputs_;
  const StageConfig& stage_;
  StageMachine& machine_;
  StagePosition position_;
  StateFolder states_;
  MetricsLog metrics_;
  Validation validation_;
  Progress progress_;
  std::int64_t saved_step_, validated_step_ = -1;
  std::int64_t questions_before_;  // trained on by earlier processes
};

void StageLoop::train_epoch() {
  const auto& train = stage_.train;
  const auto& records = inputs_.data.train.records;
  auto steps = epoch_steps(records, train.loader, static_cast<std::uint64_t>(train.seed), position_.epoch);
  steps.erase(steps.begin(), steps.begin() + position_.step_of_epoch);
  Loader loader(records, std::move(steps), *machine_.encoder.encoder, train.loader.max_tokens);
  while (!loader.done() && !at_end()) {
    one_step(loader);
    after_step(loader.done());
  }
}

void StageLoop::one_step(Loader& loader) {
  const auto start = Clock::now();  // includes waiting for images
  const auto batch = loader.next();
  for (const auto& skipped : batch.skipped) spdlog::warn("record {} is skipped: {}", skipped.id, skipped.reason);
  StepReport report;
  if (!batch.rows.empty()) report = machine_.trainer->step(batch, position_.step);
  if (!report.nonfinite.empty() && stage_.train.on_nonfinite == NonFinite::kStop) stop_at_nonfinite(batch, report);
  position_.advance(report, static_cast<std::int64_t>(batch.skipped.size()));
  metrics_.step(position_, report, static_cast<double>(report.questions) / seconds_since(start));
  show_progress(report);
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
    write_result(inputs_.files.best, machine_.tuned, stage_.tune, inputs_.start);
}

void StageLoop::save() {
  if (saved_step_ == position_.step && !position_.finished) return;
  try {
    states_.save(position_.step, [&](const fs::path& folder) {
      machine_.trainer->save(folder);
      write_json(folder / kStateFile, {{"position", position_json(position_)},
                                       {"environment", environment_json(machine_.tuned.model->target())}});
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

void StageLoop::finish() {
  const auto result = inputs_.files.result(machine_.tuned.adapted);
  if (stage_.validate.result == StageResult::kBest && fs::exists(inputs_.files.best)) {
    FolderDraft draft(result);
    fs::copy(inputs_.files.best, draft.folder(), fs::copy_options::recursive);
    draft.place();
  } else {
    write_result(result, machine_.tuned, stage_.tune, inputs_.start);
  }
  position_.finished = true;
  save();
}

StageOutcome read_outcome(const StageInputs& inputs, const StagePosition& position) {
  const bool is_adapter = fs::exists(inputs.files.result(true));
  return {.stage = inputs.number,
          .result = inputs.files.result(is_adapter),
          .is_adapter = is_adapter,
          .records = std::ssize(inputs.data.train.records),
          .records_are = inputs.data.train.records.front().question.empty() ? "captions" : "questions",
          .steps = position.step,
          .questions = position.questions,
          .skipped_records = position.skipped_records,
          .skipped_steps = position.skipped_steps,
          .last_loss = position.last_loss,
          .best_value = position.best_value,
          .best_step = position.best_step};
}

}  // namespace

StageOutcome run_stage(const TrainingRequest& request, int number, const StageConfig& stage) {
  const auto began = Clock::now();
  const auto inputs = read_stage_inputs(request, number, stage);
  const auto from = claim_stage(request, inputs);
  if (from.position.finished) {
    auto before = read_outcome(inputs, from.position);
    before.was_done = true;
    before.wall_seconds = seconds_since(began);
    return before;
  }
  if (request.check_memory == MemoryCheck::kRefuse)
    refuse_too_large(plan_request(request.config, stage, inputs.data.train.records, inputs.start.model), number);
  auto machine = load_stage_machine(inputs);
  if (from.state) {
    machine.trainer->load(*from.state);
    spdlog::info("stage {}: resuming after step {} of {}", number, from.position.step, inputs.length.steps);
  }
  auto outcome = read_outcome(inputs, StageLoop(inputs, machine, from, request.progress).run());
  outcome.trained_parameters = machine.trained_parameters();
  outcome.model_parameters = machine.tuned.model->parameters().count();
  outcome.wall_seconds = seconds_since(began);
  return outcome;
}

}  // namespace llama32med
