#include "llama32med/tensor/gpu_facts.h"

#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <array>

#include "llama32med/core/files.h"
#include "llama32med/core/strings.h"
#include "llama32med/tensor/device.h"

namespace llama32med {
namespace {

// A function of a library in the process; null if there is none. CUDA's and cuDNN's have kept these signatures for ten
// years.
template <class Function>
Function* function_of(void* library, const char* name) {
  return reinterpret_cast<Function*>(dlsym(library, name));
}

using VersionFunction = int(int*);
using CountFunction = int(int*);
using TextFunction = const char*(int);
using CudnnVersionFunction = std::size_t();

int number_from(VersionFunction* function) {
  int number = 0;
  return function && function(&number) == 0 ? number : 0;
}

// The driver's library, if it was loaded (gpu_backend.cpp).
class Driver {
 public:
  Driver() : library_(dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD)) {
    if (auto* start = library_ ? function_of<int(unsigned)>(library_, "cuInit") : nullptr) status_ = start(0);
  }
  ~Driver() {
    if (library_) dlclose(library_);
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  std::string newest_cuda() const {
    return library_ ? cuda_version(number_from(function_of<VersionFunction>(library_, "cuDriverGetVersion"))) : "";
  }

  // It says that there is no GPU for this process, because the machine has none or CUDA_VISIBLE_DEVICES hides them.
  bool has_no_gpu() const {
    constexpr int kNoDevice = 100;  // CUDA_ERROR_NO_DEVICE
    return status_ == kNoDevice;
  }

  void describe(int index, GpuFacts& facts) const {
    constexpr int kMajor = 75, kMinor = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_...
    if (status_ != 0) return;
    auto* find = function_of<int(int*, int)>(library_, "cuDeviceGet");
    auto* name = function_of<int(char*, int, int)>(library_, "cuDeviceGetName");
    auto* attribute = function_of<int(int*, int, int)>(library_, "cuDeviceGetAttribute");
    int device = 0;
    if (!find || find(&device, index) != 0) return;
    std::array<char, 256> text{};
    if (name && name(text.data(), static_cast<int>(text.size()) - 1, device) == 0) facts.name = text.data();
    int major = 0, minor = 0;
    if (attribute && attribute(&major, kMajor, device) == 0 && attribute(&minor, kMinor, device) == 0)
      facts.compute_capability = fmt::format("{}.{}", major, minor);
  }

 private:
  void* library_ = nullptr;
  int status_ = -1;
};

std::vector<std::string> allowed_attention() {
  const auto& context = at::globalContext();
  const std::array allowed = {
      std::pair("flash", context.userEnabledFlashSDP()), std::pair("efficient", context.userEnabledMemEfficientSDP()),
      std::pair("cudnn", context.userEnabledCuDNNSDP()), std::pair("math", context.userEnabledMathSDP())};
  std::vector<std::string> names;
  for (const auto& [name, is_allowed] : allowed)
    if (is_allowed) names.emplace_back(name);
  return names;
}

// What the CUDA runtime says about the GPUs that libtorch cannot use.
std::string runtime_problem() {
  auto* count = function_of<CountFunction>(RTLD_DEFAULT, "cudaGetDeviceCount");
  auto* text = function_of<TextFunction>(RTLD_DEFAULT, "cudaGetErrorString");
  int devices = 0;
  const int error = count ? count(&devices) : 0;
  return error != 0 && text ? text(error) : "the driver reports no GPU";
}

std::string versions_text() {
  const Driver driver;
  const auto newest = driver.newest_cuda();
  const auto cuda = cuda_version(number_from(function_of<VersionFunction>(RTLD_DEFAULT, "cudaRuntimeGetVersion")));
  if (newest.empty() || cuda.empty()) return "";
  return fmt::format(" (the driver supports CUDA {}, libtorch was built for {})", newest, cuda);
}

}  // namespace

std::string cuda_version(int number) {
  return number == 0 ? "" : fmt::format("{}.{}", number / 1000, number % 1000 / 10);
}

std::string cudnn_version(std::size_t number) {
  if (number == 0) return "";
  const std::size_t major = number >= 90000 ? 10000 : 1000;  // two digits for the minor version since cuDNN 9
  return fmt::format("{}.{}.{}", number / major, number % major / 100, number % 100);
}

std::string driver_release(const std::string& report) {
  for (const auto& word : split(split(report, '\n').front(), ' ')) {
    const auto digits = word.find_first_not_of("0123456789");
    if (digits != word.npos && digits > 0 && word[digits] == '.' && word.find_first_not_of("0123456789.") == word.npos)
      return std::string(word);
  }
  return "";
}

GpuFacts gpu_facts(const at::Device& gpu) {
  GpuFacts facts{.name = gpu.str(), .attention = allowed_attention()};
  facts.memory_bytes = static_cast<std::int64_t>(at::accelerator::getMemoryInfo(gpu.index()).second);
  if (!gpu.is_cuda()) return facts;
  const Driver driver;
  driver.describe(gpu.index(), facts);
  facts.driver = driver_release(kernel_text("/proc/driver/nvidia/version"));
  facts.driver_cuda = driver.newest_cuda();
  facts.cuda = cuda_version(number_from(function_of<VersionFunction>(RTLD_DEFAULT, "cudaRuntimeGetVersion")));
  if (auto* version = function_of<CudnnVersionFunction>(RTLD_DEFAULT, "cudnnGetVersion"))
    facts.cudnn = cudnn_version(version());
  const auto& backend = load_gpu_backend();
  facts.own_kernels = backend.own_kernels;
  facts.why_no_own_kernels = backend.reason;
  return facts;
}

std::string why_gpu_is_unused() {
  const auto& backend = load_gpu_backend();
  if (!backend.driver || gpu_count() > 0 || Driver().has_no_gpu()) return "";
  if (backend.loaded)
    return fmt::format("libtorch cannot use the GPU: {}{}; update the driver", runtime_problem(), versions_text());
  return fmt::format("{}; run scripts/setup.sh --gpu", backend.reason);
}

}  // namespace llama32med
