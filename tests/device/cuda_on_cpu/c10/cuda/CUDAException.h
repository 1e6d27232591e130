// CUDA on the CPU: see cuda_on_cpu.h.
#pragma once
#include <c10/util/Exception.h>

#define C10_CUDA_CHECK(code) TORCH_CHECK((code) == cudaSuccess)
