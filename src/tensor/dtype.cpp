#include "llama32med/tensor/dtype.h"

#include "llama32med/core/error.h"

namespace llama32med {

at::ScalarType scalar_type(DType dtype, const at::Device& device) {
  switch (dtype) {
    case DType::kFloat32:
      return at::kFloat;
    case DType::kBFloat16:
      return at::kBFloat16;
    case DType::kFloat64:
      return at::kDouble;
    case DType::kFloat16:
      if (device.is_cpu()) throw usage_error("dtype fp16: needs a GPU; on a CPU use fp32 or bf16");
      return at::kHalf;
    case DType::kAuto:
      break;
  }
  return device.is_cuda() ? at::kBFloat16 : at::kFloat;
}

std::string dtype_name(at::ScalarType type) {
  switch (type) {
    case at::kDouble:
      return "fp64";
    case at::kFloat:
      return "fp32";
    case at::kHalf:
      return "fp16";
    case at::kBFloat16:
      return "bf16";
    case at::kLong:
      return "int64";
    case at::kInt:
      return "int32";
    case at::kShort:
      return "int16";
    case at::kChar:
      return "int8";
    case at::kByte:
      return "uint8";
    case at::kBool:
      return "bool";
    default:
      return c10::toString(type);
  }
}

}  // namespace llama32med
