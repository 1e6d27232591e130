#include "app/train/resume_point.h"

#include <spdlog/spdlog.h>

#include <string>

#include "app/train/saved_state.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

// A machine that went down while a state was replaced may leave one that is not whole; the one before it is as good.
ResumePoint newest_whole_state(const StateFolder& states, const StateIdentity& run) {
  std::string broken;
  states.tidy();
  for (const auto& state : states.newest_first()) try {
      const auto [identity, position] = read_state(state);
      if (identity.run != run.run) throw data_error("{}: is a state of another run", state.string());
      if (!broken.empty()) spdlog::warn("{}; resuming from the state before it, {}", broken, state.string());
      return {.state = state, .position = position, .saved_step = position.step};
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kData) throw;
      if (broken.empty()) broken = error.what();
    }
  if (!broken.empty())
    throw data_error("{}; there is no other state: remove the folder or start over with --fresh", broken);
  return {};
}

ResumePoint given_state(const std::filesystem::path& folder, const StageInputs& inputs) {
  const auto state = read_state(folder);
  if (state.identity.stage != inputs.number)
    throw usage_error("--resume {}: is a state of stage {}; give --stage {}", folder.string(), state.identity.stage,
                      state.identity.stage);
  return {.state = folder, .position = state.position};
}

// A state of a run with other data or settings may be from where this run never comes.
void refuse_other_length(const StageInputs& inputs, const StagePosition& position) {
  const auto& train = inputs.stage.train;
  if (position.step > inputs.length.steps)
    throw usage_error(
        "stage {}: the saved state is from step {}, but this run has {} steps; resume it with the data, train.epochs "
        "and "
        "train.batch_size that it was saved with",
        inputs.number, position.step, inputs.length.steps);
  if (position.step_of_epoch == 0) return;
  const auto steps =
      epoch_steps(inputs.data.train.records, train.loader, static_cast<std::uint64_t>(train.seed), position.epoch);
  if (position.step_of_epoch > std::ssize(steps))
    throw usage_error(
        "stage {}: the saved state is {} steps into an epoch, but an epoch of this run has {}; resume it with the data "
        "and the train.batch_size that it was saved with",
        inputs.number, position.step_of_epoch, steps.size());
}

}  // namespace

StateFolder states_of(const StageInputs& inputs) {
  return {inputs.files.folder / "state", inputs.stage.train.keep_last};
}

ResumePoint find_resume_point(const TrainingRequest& request, const StageInputs& inputs, const StateIdentity& run) {
  ResumePoint point;
  if (request.state)
    point = given_state(*request.state, inputs);
  else if (request.resume == Resume::kAuto)
    point = newest_whole_state(states_of(inputs), run);
  refuse_other_length(inputs, point.position);
  return point;
}

}  // namespace llama32med
