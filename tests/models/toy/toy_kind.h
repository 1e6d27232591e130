// The toy model's entry in the table of backbones; add_backbone(toy::kind()) registers it.
#pragma once
#include "llama32med/models/backbone_kind.h"

namespace llama32med::toy {

BackboneKind kind();

}  // namespace llama32med::toy
