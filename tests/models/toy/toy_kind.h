// Everything the program knows of the toy model: what a backbone gives for its line in the table.
#pragma once
#include "llama32med/models/backbone_kind.h"

namespace llama32med::toy {

BackboneKind kind();

}  // namespace llama32med::toy
