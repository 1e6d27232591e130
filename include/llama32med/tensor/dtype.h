// The dtypes that a user can choose, and what `auto` means on each device.
#pragma once
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <array>
#include <string>

#include "llama32med/core/config_fields.h"

namespace llama32med {

enum class DType { kAuto, kFloat32, kBFloat16, kFloat16, kFloat64 };

constexpr auto names_of(DType) {
  return std::array{Named{"auto", DType::kAuto}, Named{"fp32", DType::kFloat32}, Named{"bf16", DType::kBFloat16},
                    Named{"fp16", DType::kFloat16}, Named{"fp64", DType::kFloat64}};
}

// auto: bf16 on a GPU, fp32 on every CPU, so that the same command gives the same results whatever instructions the
// processor supports. bf16 on a CPU must be chosen explicitly. Throws Error{kUsage} for fp16 on a CPU.
at::ScalarType scalar_type(DType dtype, const at::Device& device);

// "fp32", "bf16", "int64" ..., for reports and error texts.
std::string dtype_name(at::ScalarType type);

}  // namespace llama32med
