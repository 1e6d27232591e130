// Where a stage resumes: at the newest whole state of its folder, at a state that the user names, or at the beginning.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

#include "app/train/saved_state.h"
#include "app/train/stage_inputs.h"
#include "app/train/stage_position.h"
#include "llama32med/train/state_folder.h"

namespace llama32med {

StateFolder states_of(const StageInputs& inputs);

struct ResumePoint {
  std::optional<std::filesystem::path> state;  // absent: start from the beginning
  StagePosition position;
  std::int64_t saved_step = -1;  // step of the last state in the stage's own folder
};

// Throws Error{kUsage} for a state from where this run never comes (another stage, another length of an epoch), before
// anything is written; Error{kData} if there are states and none of them is whole.
ResumePoint find_resume_point(const TrainingRequest& request, const StageInputs& inputs, const StateIdentity& run);

}  // namespace llama32med
