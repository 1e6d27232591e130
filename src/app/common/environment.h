// Where results were computed: versions of program and libtorch, device, compute type, threads, processor.
#pragma once
#include <ATen/core/TensorBody.h>

#include <string>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

Json environment_json(const at::TensorOptions& target);

}  // namespace llama32med
