#include "llama32med/tensor/dtype.h"

#include "support/expect_error.h"

namespace llama32med {
namespace {

const at::Device kGpu(at::kCUDA, 0);

TEST(DType, AutoDependsOnlyOnTheDeviceNotOnTheProcessor) {
  EXPECT_EQ(scalar_type(DType::kAuto, kGpu), at::kBFloat16);
  EXPECT_EQ(scalar_type(DType::kAuto, at::kCPU), at::kFloat);
}

TEST(DType, ExplicitTypesAreUsed) {
  EXPECT_EQ(scalar_type(DType::kFloat32, kGpu), at::kFloat);
  EXPECT_EQ(scalar_type(DType::kBFloat16, at::kCPU), at::kBFloat16);
  EXPECT_EQ(scalar_type(DType::kFloat64, at::kCPU), at::kDouble);
  EXPECT_EQ(scalar_type(DType::kFloat16, kGpu), at::kHalf);
  EXPECT_ERROR(scalar_type(DType::kFloat16, at::kCPU), ErrorKind::kUsage, "fp16", "GPU");
}

TEST(DType, Names) {
  EXPECT_EQ(parse_enum<DType>("dtype", "bf16"), DType::kBFloat16);
  EXPECT_ERROR(parse_enum<DType>("dtype", "bf61"), ErrorKind::kUsage, "did you mean \"bf16\"?");
  for (const auto& [name, value] : names_of(DType{})) {
    if (value == DType::kAuto) continue;
    EXPECT_EQ(dtype_name(scalar_type(value, kGpu)), name);
  }
  EXPECT_EQ(dtype_name(at::kLong), "int64");
}

}  // namespace
}  // namespace llama32med
