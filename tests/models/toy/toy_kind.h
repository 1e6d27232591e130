// The entry of the toy model in the table of backbones.
#pragma once
#include "llama32med/models/backbone_kind.h"

namespace llama32med::toy {

BackboneKind kind();

}  // namespace llama32med::toy
