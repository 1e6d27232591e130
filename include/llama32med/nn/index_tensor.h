// Integers as tensors on a device: row indices, token positions, ids.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace llama32med {

at::Tensor index_tensor(const std::vector<std::int64_t>& values, const at::Device& device);  // [n] int64

using IndexLists = std::vector<std::vector<std::int64_t>>;

// Several of them in one copy: the lists of a pass travel to a GPU together.
std::vector<at::Tensor> index_tensors(const IndexLists& lists, const at::Device& device);

}  // namespace llama32med
