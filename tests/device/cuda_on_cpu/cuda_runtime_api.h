// CUDA on the CPU: see cuda_on_cpu.h.
#pragma once
#include "device/cuda_on_cpu/cuda_on_cpu.h"
