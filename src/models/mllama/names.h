// The names of Mllama's tensors (weights/names.h).
#pragma once
#include "llama32med/weights/names.h"

namespace llama32med::mllama {

const ModelNames& names();

}  // namespace llama32med::mllama
