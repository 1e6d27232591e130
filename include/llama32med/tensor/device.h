// Where to compute: one program for machines with and without a GPU, and how much memory it took.
//
// Programs link libtorch_cpu alone. Where an NVIDIA driver is installed, libtorch_cuda.so and our own kernels
// (libllama32med_cuda.so, beside the program or in ../lib) are loaded at start.
#pragma once
#include <c10/core/Device.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace llama32med {

struct GpuBackend {
  bool loaded = false;       // libtorch_cuda.so is in the process
  bool own_kernels = false;  // and so are our CUDA kernels
  std::string reason;        // why not, in words for the user
};

// Must be the first libtorch call of the program: at::hasCUDA(), at::manual_seed() and the first CUDA tensor fix the
// CPU-only hooks for the life of the process. Calling it again returns the first answer. LLAMA32MED_NO_GPU=1 in the
// environment keeps everything on the CPU.
const GpuBackend& load_gpu_backend();

// The stream that dropout on a device draws from.
void seed_random(const at::Device& device, std::uint64_t seed);

std::int64_t gpu_count();  // GPUs this process can use

// auto | cpu | cuda | cuda:N. auto is cuda:0 if there is a GPU, else cpu; cuda is cuda:0. Throws Error{kUsage} for
// another word and Error{kResource} for a GPU that is not there, saying why.
at::Device parse_device(std::string_view text);

// ---- memory, in bytes
// ------------------------------------------------------------------------------------------------------

std::int64_t host_memory();                              // resident now, mapped files included (VmRSS)
std::int64_t host_private_memory();                      // resident now, without mapped files (RssAnon)
std::int64_t peak_host_memory();                         // the most that was resident, mapped files included (VmHWM)
std::int64_t available_host_memory();                    // what can be had besides, within the limits of a container
std::int64_t free_device_memory(const at::Device& gpu);  // that no process has
// Blocks of 4 MiB and more go back to the system when they are freed, instead of lying between others in the heap: the
// activations of a training step took a third more without it, for 7 to 17 % of its time.
void return_freed_memory();
std::int64_t peak_device_memory(const at::Device& gpu);  // the most that tensors took since the last reset; 0 on a CPU
void reset_peak_device_memory(const at::Device& gpu);
void synchronize(const at::Device& device);  // waits until the GPU has done all it was told; nothing on a CPU

}  // namespace llama32med
