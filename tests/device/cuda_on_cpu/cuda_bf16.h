// CUDA on the CPU: see cuda_on_cpu.h. libtorch's type rounds as CUDA's.
#pragma once
#include <c10/util/BFloat16.h>

using __nv_bfloat16 = c10::BFloat16;
