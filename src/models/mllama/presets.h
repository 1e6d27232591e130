// The sizes for `init --preset` and `bench --shape`.
//
//   tiny, small  byte for byte the checkpoints that scripts/reference/make_checkpoint.py writes
//   bench        fewer and narrower layers, but 560-pixel tiles and the full vocabulary (186 M parameters)
//   11b          the released sizes
#pragma once
#include <vector>

#include "llama32med/models/backbone_kind.h"

namespace llama32med::mllama {

std::vector<ModelPreset> presets();

}  // namespace llama32med::mllama
