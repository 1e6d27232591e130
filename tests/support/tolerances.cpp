#include "support/tolerances.h"

namespace llama32med::test {

void expect_close(const std::string& name, const at::Tensor& ours, const at::Tensor& reference, Tolerance tolerance) {
  ASSERT_TRUE(ours.defined()) << name << ": there is no such tensor of ours";
  ASSERT_EQ(ours.sizes(), reference.sizes()) << name;
  if (reference.numel() == 0) return;
  const auto a = ours.detach().to(at::kCPU, at::kDouble), b = reference.detach().to(at::kCPU, at::kDouble);
  const auto gap = (a - b).abs().flatten();
  const auto where = gap.argmax().item<std::int64_t>();
  const double largest = b.abs().max().item<double>();
  const double allowed = tolerance.absolute + tolerance.of_largest * largest;
  EXPECT_TRUE(gap[where].item<double>() <= allowed)  // false for NaN
      << name << ": largest difference " << gap[where].item<double>() << " at flat index " << where << " of ["
      << reference.sizes() << "]: ours " << a.flatten()[where].item<double>() << ", reference "
      << b.flatten()[where].item<double>() << "; allowed " << allowed;
}

}  // namespace llama32med::test
