#include "app/common/environment.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <torch/headeronly/version.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/core/strings.h"
#include "llama32med/core/version.h"
#include "llama32med/kernels/ops.h"
#include "llama32med/tensor/device.h"
#include "llama32med/tensor/dtype.h"

namespace llama32med {
namespace {

std::string processor_name() {
  for (const auto& line : split(kernel_text("/proc/cpuinfo"), '\n'))
    if (line.starts_with("model name")) return std::string(trim(line.substr(line.find(':') + 1)));
  return "unknown";
}

GpuFacts facts_of(const at::Device& gpu) {
  auto facts = gpu_facts(gpu);
  facts.own_kernels = kernels::has_own_kernels(gpu);
  return facts;
}

std::string slow_device(const at::Device& device) {
  if (!device.is_cpu()) return device.is_cuda() && !load_gpu_backend().own_kernels ? load_gpu_backend().reason : "";
  const auto reason = why_gpu_is_unused();
  if (reason.empty()) return "";
  return fmt::format(
      "everything is computed on the CPU although there is an NVIDIA driver: {}; LLAMA32MED_NO_GPU=1 chooses the CPU "
      "without this warning",
      reason);
}

}  // namespace

Json gpu_json(const GpuFacts& facts) {
  constexpr double kMiB = 1 << 20;
  Json json = Json::object();
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) json[name] = value;
  };
  add("name", facts.name);
  add("compute_capability", facts.compute_capability);
  if (facts.memory_bytes > 0) json["memory_mib"] = static_cast<std::int64_t>(facts.memory_bytes / kMiB);
  add("driver", facts.driver);
  add("driver_cuda", facts.driver_cuda);
  add("cuda", facts.cuda);
  add("cudnn", facts.cudnn);
  json["attention"] = facts.attention;
  json["own_kernels"] = facts.own_kernels;
  if (!facts.own_kernels) add("why_no_own_kernels", facts.why_no_own_kernels);
  return json;
}

std::string gpu_text(const GpuFacts& facts) {
  constexpr double kGiB = 1 << 30;
  std::vector<std::string> parts{facts.name};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) parts.push_back(fmt::format("{} {}", name, value));
  };
  add("compute capability", facts.compute_capability);
  if (facts.memory_bytes > 0)
    parts.push_back(fmt::format("{:.1f} GiB", static_cast<double>(facts.memory_bytes) / kGiB));
  add("driver", facts.driver);
  add("CUDA", facts.cuda);
  add("cuDNN", facts.cudnn);
  add("attention", join(facts.attention, " or "));
  parts.emplace_back(facts.own_kernels ? "own kernels" : "libtorch's kernels");
  return join(parts, ", ");
}

std::string gpu_text(const at::Device& device) { return device.is_cpu() ? "" : gpu_text(facts_of(device)); }

Json environment_json(const at::TensorOptions& target) {
  const auto device = target.device();
  Json json = {{"llama32med", program_version()},  {"libtorch", TORCH_VERSION},
               {"device", device.str()},           {"dtype", dtype_name(c10::typeMetaToScalarType(target.dtype()))},
               {"threads", at::get_num_threads()}, {"processor", processor_name()}};
  if (!device.is_cpu())
    json["gpu"] = gpu_json(facts_of(device));
  else if (const auto reason = why_gpu_is_unused(); !reason.empty())
    json["unused_gpu"] = reason;
  return json;
}

void warn_of_slow_device(const at::Device& device) {
  static const auto once = [&] {
    if (const auto text = slow_device(device); !text.empty()) spdlog::warn("{}", text);
    return true;
  }();
  static_cast<void>(once);
}

}  // namespace llama32med
