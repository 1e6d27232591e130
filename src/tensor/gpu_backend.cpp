#include <ATen/Context.h>
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "llama32med/core/file_system.h"
#include "llama32med/core/module.h"
#include "llama32med/tensor/device.h"

namespace llama32med {
namespace {

GpuBackend load_own_kernels() {
  const auto module = open_module("cuda");
  GpuBackend backend{.driver = true, .loaded = true, .own_kernels = module.handle != nullptr};
  if (!module.found) backend.reason = "llama32med's CUDA kernels were not built; libtorch's are used";
  if (module.found && !module.handle)
    backend.reason = "llama32med's CUDA kernels do not load, so libtorch's are used: " + module.problem;
  return backend;
}

// cuDNN's attention builds a plan for every new shape (0.04 to 0.5 s, https://github.com/pytorch/pytorch/pull/191576),
// and the keys of an answer are one more with each token. On B200 its decoding is known to be wrong in the pinned
// version (https://github.com/pytorch/pytorch/issues/193893). TF32 (10-bit mantissa) is on by default for convolutions
// only.
void choose_numerics() {
  at::globalContext().setSDPUseCuDNN(false);
  at::globalContext().setAllowTF32CuDNN(false);
}

GpuBackend unusable(std::string reason) { return {.driver = true, .reason = std::move(reason)}; }

GpuBackend load() {
  const char* forbidden = std::getenv("LLAMA32MED_NO_GPU");
  if (forbidden && *forbidden && *forbidden != '0') return {.reason = "LLAMA32MED_NO_GPU is set"};
  if (!dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL)) return {.reason = "no NVIDIA driver (libcuda.so.1)"};
  Dl_info libtorch{};
  if (!dladdr(reinterpret_cast<void*>(&at::globalContext), &libtorch))
    return unusable("libtorch's folder cannot be found");
  // From the folder of the libtorch in use, not from a search path: libtorch_cuda must be the same version.
  const auto folder = canonical_path(libtorch.dli_fname).parent_path();
  const auto library = folder / "libtorch_cuda.so";
  if (!is_there(library)) return unusable("this libtorch is a CPU build (" + folder.string() + ")");
  if (!dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL))
    return unusable("libtorch's GPU library does not load: " + loader_error());
  return load_own_kernels();
}

}  // namespace

const GpuBackend& load_gpu_backend() {
  static const GpuBackend backend = [] {
    // Texts of every length would fragment the memory of the GPU.
    ::setenv("PYTORCH_ALLOC_CONF", "expandable_segments:True", /*overwrite=*/0);
    auto loaded = load();
    choose_numerics();
    return loaded;
  }();
  return backend;
}

}  // namespace llama32med
