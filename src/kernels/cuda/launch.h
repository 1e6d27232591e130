// The interface between nvcc and g++: no libtorch headers on this side (4 s per source instead of 86), no kernels on
// the other. Each family of kernels has NAME.h (its launches), NAME.cu (kernels) and NAME.cpp (operators). Pointers
// refer to device memory of the given type, with contiguous rows unless strides are given. Launches are queued on
// `stream`; launch errors are returned.
#pragma once
#include <cuda_runtime_api.h>

#include <cstdint>

namespace llama32med::kernels {

enum class Float { k32, k16, kBf16 };

}  // namespace llama32med::kernels
