// What a number was computed with: versions of the program and of libtorch, device, dtype, threads.
#pragma once
#include <ATen/core/TensorBody.h>

#include <string>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

Json environment_json(const at::TensorOptions& target);

}  // namespace llama32med
