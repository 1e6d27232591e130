// CUDA on the CPU: see cuda_on_cpu.h. libtorch's type rounds as CUDA's.
#pragma once
#include <c10/util/Half.h>

using __half = c10::Half;
