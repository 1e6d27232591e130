// A saved state of a stage: trained tensors, optimizer state and position. All three files carry the same identity, so
// that parts of different states are never combined.
#pragma once
#include <filesystem>
#include <string>

#include "app/train/stage_position.h"
#include "llama32med/core/json_fwd.h"
#include "llama32med/train/trainer.h"

namespace llama32med {

inline constexpr std::string_view kStateFile = "state.json";

struct StateIdentity {
  std::string run;  // first digits of the SHA-256 of the stage's identity
  int stage = 0;
};

// The identity of a state of the stage that stage_identity() describes.
StateIdentity state_identity(const Json& stage_identity, int stage);

// Writes the three files into an existing folder.
void write_state(const std::filesystem::path& folder, const Trainer& trainer, const StateIdentity& identity,
                 const StagePosition& position, const Json& environment);

struct SavedState {
  StateIdentity identity;
  StagePosition position;
};

// Throws Error{kData} that names the file if one is missing, damaged, or from another state than the others.
SavedState read_state(const std::filesystem::path& folder);

}  // namespace llama32med
