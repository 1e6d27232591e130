#include "llama32med/tensor/device.h"

#include <ATen/DeviceAccelerator.h>

#include <charconv>

#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

std::string why_no_gpu() {
  const auto& backend = load_gpu_backend();
  return backend.loaded ? "the NVIDIA driver reports none" : backend.reason;
}

}  // namespace

std::int64_t gpu_count() { return load_gpu_backend().loaded ? at::accelerator::deviceCount() : 0; }

at::Device parse_device(std::string_view text) {
  if (text == "cpu") return at::kCPU;
  if (text == "auto") return gpu_count() > 0 ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
  std::int64_t index = 0;
  if (text.starts_with("cuda:")) {
    const auto digits = text.substr(5);
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (code != std::errc{} || end != digits.data() + digits.size() || index < 0 || index > 127)
      throw usage_error("device: \"{}\" has no GPU number after the colon; write cuda:0, cuda:1, ...", text);
  } else if (text != "cuda") {
    throw usage_error("device: \"{}\" is not known{}; known are auto, cpu, cuda, cuda:N", text,
                      did_you_mean(text, {"auto", "cpu", "cuda"}));
  }
  const auto count = gpu_count();
  if (count == 0)
    throw resource_error("device {}: no GPU is available: {}; use --device cpu or auto", text, why_no_gpu());
  if (index >= count)
    throw resource_error("device {}: there {} only {} GPU{}, numbered from 0", text, count == 1 ? "is" : "are", count,
                         count == 1 ? "" : "s");
  return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index));
}

}  // namespace llama32med
