#include "app/common/environment.h"

#include <ATen/Parallel.h>
#include <torch/headeronly/version.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/core/strings.h"
#include "llama32med/core/version.h"
#include "llama32med/tensor/dtype.h"

namespace llama32med {
namespace {

std::string processor_name() {
  for (const auto& line : split(kernel_text("/proc/cpuinfo"), '\n'))
    if (line.starts_with("model name")) return std::string(trim(line.substr(line.find(':') + 1)));
  return "unknown";
}

}  // namespace

Json environment_json(const at::TensorOptions& target) {
  return {{"llama32med", program_version()},  {"libtorch", TORCH_VERSION},
          {"device", target.device().str()},  {"dtype", dtype_name(c10::typeMetaToScalarType(target.dtype()))},
          {"threads", at::get_num_threads()}, {"processor", processor_name()}};
}

}  // namespace llama32med
