// Where results were computed: versions of program and libtorch, device, compute type, threads, processor; and the GPU,
// its driver and libraries, if it is one.
#pragma once
#include <ATen/core/TensorBody.h>

#include <string>

#include "llama32med/core/json_fwd.h"
#include "llama32med/tensor/gpu_facts.h"

namespace llama32med {

// "gpu" is there if the device is one; "unused_gpu", with the reason, if there is one that cannot be used.
Json environment_json(const at::TensorOptions& target);

// "NVIDIA H100 80GB HBM3, compute capability 9.0, 79.6 GiB, driver 580.82.07, CUDA 13.0, cuDNN 9.19.0, attention flash
// or efficient or math, own kernels"; "" for a CPU.
std::string gpu_text(const at::Device& device);

Json gpu_json(const GpuFacts& facts);  // without what is unknown
std::string gpu_text(const GpuFacts& facts);

// Warns, once per process, if the CPU is used although there is an NVIDIA driver, or a GPU without our kernels.
void warn_of_slow_device(const at::Device& device);

}  // namespace llama32med
