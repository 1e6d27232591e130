// The sizes that `init --preset` and `bench --shape` know. tiny and small: the checkpoints of
// scripts/reference/make_checkpoint.py, byte for byte. bench: fewer and narrower layers, but 560-pixel tiles and the
// whole vocabulary (186 M parameters). 11b: the released sizes.
#pragma once
#include <vector>

#include "llama32med/models/backbone_kind.h"

namespace llama32med::mllama {

std::vector<ModelPreset> presets();

}  // namespace llama32med::mllama
