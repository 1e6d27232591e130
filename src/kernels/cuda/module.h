// What the operators of all families share: the type of a kernel, and how a launch becomes an error.
#pragma once
#include <ATen/core/Tensor.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/library.h>

#include "kernels/cuda/launch.h"

#ifndef LLAMA32MED_KERNELS_FOR
#define LLAMA32MED_KERNELS_FOR CUDA  // tests/device builds these sources for a device without hardware
#endif

namespace llama32med::kernels {

inline Float float_type(const at::Tensor& x) {
  switch (x.scalar_type()) {
    case at::kFloat:
      return Float::k32;
    case at::kHalf:
      return Float::k16;
    case at::kBFloat16:
      return Float::kBf16;
    default:
      TORCH_CHECK(false, "llama32med's CUDA kernels support float32, float16 and bfloat16, not ", x.scalar_type());
  }
}

inline bool alike(const at::Tensor& a, const at::Tensor& b) {
  return a.sizes() == b.sizes() && a.scalar_type() == b.scalar_type() && a.device() == b.device();
}

}  // namespace llama32med::kernels
