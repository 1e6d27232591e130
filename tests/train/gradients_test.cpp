#include "llama32med/train/gradients.h"

#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/tolerances.h"

namespace llama32med {
namespace {

TrainedTensor with_gradient(const std::string& name, const at::Tensor& gradient) {
  TrainedTensor tensor{name, at::full(gradient.sizes(), 1, gradient.options()).set_requires_grad(true)};
  tensor.value.mutable_grad() = gradient;
  return tensor;
}

double norm_of(const std::vector<TrainedTensor>& tensors) { return global_norm(tensors).item<double>(); }

TEST(Gradients, NormOverAllTensors) {
  std::vector<TrainedTensor> tensors{with_gradient("a", at::tensor({3.0F, 0.0F})),
                                     with_gradient("b", at::tensor({4.0F}).to(at::kBFloat16)),
                                     with_gradient("c", at::tensor({12.0F}))};
  tensors.push_back({"unused", at::tensor({5.0F}).set_requires_grad(true)});
  EXPECT_EQ(norm_of(tensors), 13);
  EXPECT_EQ(norm_of({}), 0);
}

TEST(Gradients, NormOf16BitGradientsIsNotRoundedTo16Bits) {
  at::manual_seed(5);
  const auto gradient = at::randn({1000}).to(at::kBFloat16);
  const auto expected = gradient.to(at::kDouble).norm().item<double>();
  EXPECT_NEAR(norm_of({with_gradient("a", gradient)}), expected, test::kLaws32.absolute * expected);
}

// python -c "import torch; p = torch.ones(3, requires_grad=True); p.grad = torch.tensor([.3, -2., .7]);
//            torch.nn.utils.clip_grad_norm_([p], 0.5); print([x.hex() for x in p.grad.tolist()])"
TEST(Gradients, ClipsLikePyTorch) {
  const auto tensor = with_gradient("a", at::tensor({0.3F, -2.0F, 0.7F}));
  const auto clipped = tensor.value.grad() * clip_coefficient(norm_of({tensor}), 0.5);
  EXPECT_TRUE(clipped.equal(at::tensor({0x1.1f1714p-4F, -0x1.de7bccp-2F, 0x1.4ef042p-3F}))) << clipped;
}

TEST(Gradients, CoefficientIsAtMostOne) {
  EXPECT_EQ(clip_coefficient(0.25, 1), 1);
  EXPECT_EQ(clip_coefficient(0, 1), 1);
  EXPECT_EQ(clip_coefficient(1e9, 0), 1);  // 0: no clipping
  EXPECT_LT(clip_coefficient(1, 1), 1);    // PyTorch's 1e-6
  EXPECT_EQ(clip_coefficient(std::numeric_limits<double>::infinity(), 1), 0);
  EXPECT_TRUE(std::isnan(clip_coefficient(std::nan(""), 1)));
}

TEST(Gradients, NamesTheFirstNonFiniteGradient) {
  const auto fine = with_gradient("fine", at::tensor({1.0F}));
  const auto infinite = with_gradient("infinite", at::tensor({1.0F, std::numeric_limits<float>::infinity()}));
  const auto broken = with_gradient("broken", at::tensor({std::nanf("")}));
  EXPECT_EQ(first_nonfinite({fine, infinite, broken}), "infinite");
  EXPECT_EQ(first_nonfinite({broken, fine}), "broken");
  EXPECT_EQ(first_nonfinite({fine, {"none", at::tensor({1.0F})}}), "");
  EXPECT_TRUE(std::isnan(norm_of({fine, broken})));
}

}  // namespace
}  // namespace llama32med
