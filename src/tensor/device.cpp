#include "llama32med/tensor/device.h"

#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>

#include <charconv>
#include <optional>

#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"
#include "llama32med/tensor/gpu_facts.h"

namespace llama32med {
namespace {

std::string why_no_gpu() {
  const auto& backend = load_gpu_backend();
  if (const auto unused = why_gpu_is_unused(); !unused.empty()) return unused;
  return backend.loaded ? "the NVIDIA driver reports none" : backend.reason;
}

// What this process computes on if not on the CPU: an NVIDIA GPU, or another backend that was registered with libtorch.
std::optional<at::DeviceType> accelerator() {
  if (gpu_count() == 0) return std::nullopt;
  return at::accelerator::getAccelerator();
}

// The number after the colon of "cuda:1"; 0 without one.
std::int64_t device_index(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == text.npos) return 0;
  const auto digits = text.substr(colon + 1);
  std::int64_t index = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (code != std::errc{} || end != digits.data() + digits.size() || index < 0 || index > 127)
    throw usage_error("device: \"{}\" has no GPU number after the colon; write cuda:0, cuda:1, ...", text);
  return index;
}

}  // namespace

at::Tensor upload(const at::Tensor& host, const at::TensorOptions& target) {
  if (target.device().is_cpu() || !host.is_cpu()) return host.to(target);
  return host.pin_memory().to(target.device(), host.scalar_type(), /*non_blocking=*/true).to(target);
}

std::size_t preparing_threads(const at::Device& device) {
  return device.is_cpu() ? 0 : static_cast<std::size_t>(at::get_num_threads());
}

std::int64_t gpu_count() {
  load_gpu_backend();
  return at::accelerator::getAccelerator() ? at::accelerator::deviceCount() : 0;
}

at::Device parse_device(std::string_view text) {
  if (text == "cpu") return at::kCPU;
  const auto type = accelerator();
  if (text == "auto") return type ? at::Device(*type, 0) : at::Device(at::kCPU);
  const auto name = text.substr(0, text.find(':'));
  const auto ours = type ? c10::DeviceTypeName(*type, /*lower_case=*/true) : "cuda";
  if (name != "cuda" && name != ours)
    throw usage_error("device: \"{}\" is not known{}; known are auto, cpu, cuda, cuda:N", text,
                      did_you_mean(text, {"auto", "cpu", "cuda"}));
  const auto index = device_index(text);
  if (!type || name != ours)
    throw resource_error("device {}: no GPU is available: {}; use --device cpu or auto", text, why_no_gpu());
  if (const auto count = gpu_count(); index >= count)
    throw resource_error("device {}: there {} only {} GPU{}, numbered from 0", text, count == 1 ? "is" : "are", count,
                         count == 1 ? "" : "s");
  return {*type, static_cast<at::DeviceIndex>(index)};
}

}  // namespace llama32med
