// What a GPU is and which software drives it, for the record of a run.
//
// Programs link only libtorch_cpu, so everything is asked from libraries that are in the process: the driver
// (libcuda.so.1), the CUDA runtime and cuDNN.
#pragma once
#include <c10/core/Device.h>

#include <cstdint>
#include <string>
#include <vector>

namespace llama32med {

struct GpuFacts {                      // "", 0 where unknown
  std::string name;                    // "NVIDIA H100 80GB HBM3"
  std::string compute_capability;      // "9.0"
  std::int64_t memory_bytes = 0;       // the whole GPU's
  std::string driver;                  // release: "580.82.07"
  std::string driver_cuda;             // the newest CUDA that the driver supports: "13.0"
  std::string cuda, cudnn;             // versions of the libraries in the process: "13.0", "9.19.0"
  std::vector<std::string> attention;  // kernels that libtorch may choose from
  bool own_kernels = false;            // llama32med's CUDA kernels are loaded
  std::string why_no_own_kernels;
};

GpuFacts gpu_facts(const at::Device& gpu);

// Why no GPU is used although there is an NVIDIA driver, and what to do; "" if there is none, if it has no GPU for this
// process, if a GPU is usable, or if LLAMA32MED_NO_GPU is set.
std::string why_gpu_is_unused();

// ---- how NVIDIA's libraries write versions -----------------------------------------------------------------------

std::string cuda_version(int number);                   // 13000 -> "13.0"; "" for 0
std::string cudnn_version(std::size_t number);          // 91900 -> "9.19.0", 8907 -> "8.9.7"; "" for 0
std::string driver_release(const std::string& report);  // "580.82.07" from /proc/driver/nvidia/version; "" if none

}  // namespace llama32med
