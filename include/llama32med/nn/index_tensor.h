// Integers as a tensor on a device: row indices, token positions, ids.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace llama32med {

at::Tensor index_tensor(const std::vector<std::int64_t>& values, const at::Device& device);  // [n] int64

}  // namespace llama32med
