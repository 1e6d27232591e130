// Devices and memory: one program serves machines with and without a GPU.
//
// Programs link only libtorch_cpu. If an NVIDIA driver is installed, libtorch_cuda.so and our own kernels
// (libllama32med_cuda.so, in the program's folder or in ../lib) are loaded at startup.
#pragma once
#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace llama32med {

struct GpuBackend {
  bool driver = false;       // the NVIDIA driver's library is in the process
  bool loaded = false;       // libtorch_cuda.so is too
  bool own_kernels = false;  // and so are our CUDA kernels
  std::string reason;        // if not: why, for error texts
};

// Must be the first libtorch call of the program: at::hasCUDA(), at::manual_seed() and the first CUDA tensor fix the
// CPU-only hooks for the lifetime of the process. Later calls return the first result. LLAMA32MED_NO_GPU=1 in the
// environment keeps everything on the CPU.
const GpuBackend& load_gpu_backend();

// A tensor of the host as one of the target's device and dtype. To a GPU it travels from pinned memory, so that the
// host does not wait for it.
at::Tensor upload(const at::Tensor& host, const at::TensorOptions& target);

// Number of threads that may prepare inputs while the model computes on this device: beside a GPU, all that the user
// allows; on a CPU none, because it computes with all of them, and one more made each step wait for it.
std::size_t preparing_threads(const at::Device& device);

// Seeds the random generator that dropout on this device uses.
void seed_random(const at::Device& device, std::uint64_t seed);

// GPUs this process can use: NVIDIA's, or the devices of another backend that was registered with libtorch.
std::int64_t gpu_count();

// auto | cpu | cuda | cuda:N, or the name of a backend that was registered with libtorch in place of "cuda". auto is
// the first GPU if there is one, else cpu; cuda is cuda:0. Throws Error{kUsage} for any other text and Error{kResource}
// for a GPU that is not available, with the reason.
at::Device parse_device(std::string_view text);

// ---- memory, in bytes ---------------------------------------------------------------------------------------------

std::int64_t host_memory();                              // resident now, including mapped files (VmRSS)
std::int64_t host_private_memory();                      // resident now, without mapped files (RssAnon)
std::int64_t peak_host_memory();                         // peak resident memory, including mapped files (VmHWM)
std::int64_t available_host_memory();                    // still available, within the limits of the container
std::int64_t free_device_memory(const at::Device& gpu);  // not used by any process
// Makes freed blocks of 4 MiB and more return to the system instead of fragmenting the heap. Without it the activations
// of a training step took a third more memory; it costs 7 to 17 % of the step's time.
void return_freed_memory();
std::int64_t peak_device_memory(const at::Device& gpu);  // peak size of tensors since the last reset; 0 on a CPU
void reset_peak_device_memory(const at::Device& gpu);
void synchronize(const at::Device& device);  // waits for all queued work of a GPU; no effect on a CPU

}  // namespace llama32med
