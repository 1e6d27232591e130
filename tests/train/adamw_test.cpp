#include "llama32med/train/adamw.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "llama32med/train/gradients.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "support/tolerances.h"

namespace llama32med {
namespace {

at::Tensor leaf(const at::Tensor& value) { return value.clone().set_requires_grad(true); }

std::vector<TrainedTensor> some_tensors(at::ScalarType type) {
  at::manual_seed(7);
  return {{"small", leaf(at::randn({3, 5}).to(type)), 1e-2, 0.1},
          {"large", leaf(at::randn({70, 60}).to(type)), 1e-2, 0.1},
          {"slow", leaf(at::randn({8}).to(type)), 1e-3, 0}};
}

void set_gradients(const std::vector<TrainedTensor>& tensors, std::int64_t step) {
  at::manual_seed(static_cast<std::uint64_t>(100 + step));
  for (const auto& tensor : tensors)
    tensor.value.mutable_grad() = at::randn(tensor.value.sizes()).to(tensor.value.scalar_type());
}

// Values cached from a tensor, such as DoRA's row norms, are recomputed when the tensor's version changes.
TEST(AdamW, BumpsTheVersionOfItsTensors) {
  for (const auto type : {at::kFloat, at::kDouble, at::kBFloat16}) {
    const auto tensors = some_tensors(type);
    AdamW optimizer(tensors, {});
    for (std::int64_t step = 0; step < 2; ++step) {
      set_gradients(tensors, step);
      std::vector<std::int64_t> before;
      for (const auto& tensor : tensors) before.push_back(tensor.value._version());
      optimizer.step(1);
      for (std::size_t i = 0; i < tensors.size(); ++i)
        EXPECT_GT(tensors[i].value._version(), before[i]) << tensors[i].name;
    }
  }
}

// import torch
// a = torch.tensor([[.5, -1., 2.], [.25, -.125, 3.]], requires_grad=True)
// b = torch.tensor([1., -2., 0., 4.], requires_grad=True)
// opt = torch.optim.AdamW([dict(params=[a], lr=1e-2, weight_decay=.1), dict(params=[b], lr=2e-3, weight_decay=0.)])
// rates = [g["lr"] for g in opt.param_groups]
// for k, f in enumerate([0., .5, 1., .75, .25]):
//     for group, rate in zip(opt.param_groups, rates): group["lr"] = rate * f
//     a.grad = (torch.arange(6.).view(2, 3) - 2.5) * (.1 * (k + 1)); a.grad[0, 0] = 1e-9 * (k + 1)
//     b.grad = None if k == 2 else torch.tensor([.3, -.7, 1e-4, 0.]) * (1 if k % 2 == 0 else -2)
//     opt.step()
// print(a, b)                      # 2.11.0; fused=True and foreach=False give the same bits
TEST(AdamW, EqualsTorch) {
  const auto a = leaf(at::tensor({0.5F, -1.0F, 2.0F, 0.25F, -0.125F, 3.0F}).view({2, 3}));
  const auto b = leaf(at::tensor({1.0F, -2.0F, 0.0F, 4.0F}));
  AdamW optimizer({{"a", a, 1e-2, 0.1}, {"b", b, 2e-3, 0.0}}, {});
  const std::vector<double> factors{0, 0.5, 1, 0.75, 0.25};
  for (std::int64_t k = 0; k < 5; ++k) {
    a.mutable_grad() = (at::arange(6, at::kFloat).view({2, 3}) - 2.5) * (0.1 * static_cast<double>(k + 1));
    a.grad()[0][0] = 1e-9 * static_cast<double>(k + 1);
    b.mutable_grad() = k == 2 ? at::Tensor() : at::tensor({0.3F, -0.7F, 1e-4F, 0.0F}) * (k % 2 == 0 ? 1 : -2);
    optimizer.step(factors[static_cast<std::size_t>(k)]);
  }
  const auto expected_a = at::tensor({0.4942416846752167, -0.9734960794448853, 2.019010305404663, 0.22536948323249817,
                                      -0.14869384467601776, 2.9685006141662598});
  const auto expected_b = at::tensor({1.0014768838882446, -2.001477003097534, 0.001476853620260954, 4.0});
  test::expect_close("a", a, expected_a.view({2, 3}), test::kOptimizer32);
  test::expect_close("b", b, expected_b, test::kOptimizer32);
  EXPECT_EQ(optimizer.steps(), 5);
  EXPECT_EQ(optimizer.state().at("a.steps").item<std::int64_t>(), 5);
  EXPECT_EQ(optimizer.state().at("b.steps").item<std::int64_t>(), 4);
}

TEST(AdamW, TensorsGetTheSameUpdateTogetherAndSeparately) {
  auto together = some_tensors(at::kFloat);
  auto apart = some_tensors(at::kFloat);
  AdamW all(together, {});
  std::vector<AdamW> each;
  for (const auto& tensor : apart) each.emplace_back(std::vector{tensor}, AdamWConfig{});
  for (std::int64_t k = 0; k < 3; ++k) {
    set_gradients(together, k);
    set_gradients(apart, k);
    all.step(1);
    for (auto& optimizer : each) optimizer.step(1);
  }
  for (std::size_t i = 0; i < together.size(); ++i) EXPECT_TRUE(together[i].value.equal(apart[i].value)) << i;
}

TEST(AdamW, ScaleMultipliesGradients) {
  auto scaled = some_tensors(at::kFloat), plain = some_tensors(at::kFloat);
  AdamW a(scaled, {}), b(plain, {});
  set_gradients(scaled, 1);
  set_gradients(plain, 1);
  for (const auto& tensor : plain) tensor.value.mutable_grad().mul_(0.25);
  a.step(1, 0.25);
  b.step(1);
  for (std::size_t i = 0; i < scaled.size(); ++i) EXPECT_TRUE(scaled[i].value.equal(plain[i].value));
  a.zero_grad();
  EXPECT_FALSE(scaled[0].value.grad().defined());
}

TEST(AdamW, A16BitTensorIsTrainedThroughAnFp32Copy) {
  const auto half = leaf(at::tensor({1.0F, -3.0F}).to(at::kBFloat16)), wide = leaf(at::tensor({1.0F, -3.0F}));
  AdamW a({{"x", half, 1e-4, 0.01}}, {}), b({{"x", wide, 1e-4, 0.01}}, {});
  for (int k = 0; k < 200; ++k) {  // a single step is below bf16's resolution
    half.mutable_grad() = at::tensor({1.0F, -0.5F}).to(at::kBFloat16);
    wide.mutable_grad() = at::tensor({1.0F, -0.5F});
    a.step(1);
    b.step(1);
  }
  EXPECT_TRUE(half.equal(wide.to(at::kBFloat16)));
  EXPECT_LT(half[0].item<double>(), 0.99);
  EXPECT_EQ(a.bytes(), 2 * 3 * 4);
  EXPECT_EQ(b.bytes(), 2 * 2 * 4);
}

TEST(AdamW, DoublePrecisionIsKept) {
  const auto x = leaf(at::tensor({1.0, 2.0}, at::kDouble));
  AdamW optimizer({{"x", x, 0.1, 0.0}}, {.eps = 0});
  x.mutable_grad() = at::tensor({1e-3, -5.0}, at::kDouble);
  optimizer.step(1);  // the first step has the size of the rate, whatever the gradient
  test::expect_close("x", x, at::tensor({0.9, 2.1}, at::kDouble), test::kLaws64);
}

// bitsandbytes 0.50.2: optimizer_update_8bit_blockwise_pytorch (backends/triton/kernels_optim.py) with the maps of
// create_dynamic_map, p = sin(0.37 i), n = 4352; step k = 1 .. 6: g = cos(0.11 k i) exp(-0.1 (i % 97)), lr 1e-2, decay
// 0.1
TEST(AdamW, EightBitStatesEqualBitsandbytes) {
  const auto i = at::arange(4352, at::kDouble);
  const auto p = leaf(at::sin(i * 0.37).to(at::kFloat));
  AdamW optimizer({{"p", p, 1e-2, 0.1}}, {.states = OptimizerStates::k8bit});
  for (int k = 1; k <= 6; ++k) {
    p.mutable_grad() = (at::cos(i * (0.11 * k)) * at::exp(-i.remainder(97) * 0.1)).to(at::kFloat);
    optimizer.step(1);
  }
  const auto at_rows = at::tensor({0, 1, 50, 96, 97, 1000, 2000, 4351}, at::kLong);
  const auto expected = at::tensor({-0.05985019728541374, 0.29980504512786865, -0.3405863046646118, -0.7748528122901917,
                                    -0.9420636296272278, -0.6324224472045898, -1.0395774841308594, 1.0166879892349243});
  test::expect_close("p", p.detach().index_select(0, at_rows), expected, test::kOptimizer32);
  EXPECT_NEAR(p.sum(at::kDouble).item<double>(), 35.016101812943816, 4352 * test::kOptimizer32.of_largest);
  const auto state = optimizer.state();
  EXPECT_TRUE(
      state.at("p.m").index_select(0, at_rows).equal(at::tensor({255, 241, 109, 125, 66, 145, 145, 124}, at::kByte)));
  EXPECT_TRUE(state.at("p.v").index_select(0, at_rows).equal(at::tensor({255, 209, 8, 0, 175, 37, 5, 0}, at::kByte)));
  EXPECT_EQ(optimizer.bytes(), 2 * (4352 + 17 * 4));
}

TEST(AdamW, EightBitStatesOfSmallTensorsKeepFullPrecision) {
  auto tensors = some_tensors(at::kFloat), reference = some_tensors(at::kFloat);
  AdamW bytes(tensors, {.states = OptimizerStates::k8bit}), full(reference, {});
  for (std::int64_t k = 0; k < 3; ++k) {
    set_gradients(tensors, k);
    set_gradients(reference, k);
    bytes.step(1);
    full.step(1);
  }
  EXPECT_TRUE(tensors[0].value.equal(reference[0].value));
  EXPECT_FALSE(tensors[1].value.equal(reference[1].value));
  EXPECT_TRUE(tensors[2].value.equal(reference[2].value));
}

class AdamWState : public ::testing::TestWithParam<std::pair<OptimizerStates, at::ScalarType>> {};

TEST_P(AdamWState, AResumedRunIsBitIdentical) {
  const auto [states, type] = GetParam();
  const AdamWConfig config{.states = states};
  const test::TempFolder folder;
  auto straight = some_tensors(type), stopped = some_tensors(type);
  AdamW whole(straight, config);
  const auto run = [](AdamW& optimizer, std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      set_gradients(optimizer.tensors(), k);
      if (k == 1) optimizer.tensors()[0].value.mutable_grad().reset();
      optimizer.step(1.0 / static_cast<double>(k + 1), 0.5);
    }
  };
  run(whole, 0, 6);
  {
    AdamW first(stopped, config);
    run(first, 0, 3);
    write_safetensors(folder / "optimizer.safetensors", first.state());
  }
  for (auto& tensor : stopped) tensor.value = leaf(tensor.value.detach());
  AdamW second(stopped, config);
  second.load_state(SafetensorsFile(folder / "optimizer.safetensors"));
  run(second, 3, 6);
  for (std::size_t i = 0; i < straight.size(); ++i) EXPECT_TRUE(straight[i].value.equal(stopped[i].value)) << i;
  EXPECT_EQ(second.steps(), 6);
  const auto ours = second.state();
  for (const auto& [name, tensor] : whole.state()) EXPECT_TRUE(tensor.equal(ours.at(name))) << name;
}

INSTANTIATE_TEST_SUITE_P(All, AdamWState,
                         ::testing::Values(std::pair{OptimizerStates::kFp32, at::kFloat},
                                           std::pair{OptimizerStates::kFp32, at::kBFloat16},
                                           std::pair{OptimizerStates::k8bit, at::kFloat},
                                           std::pair{OptimizerStates::k8bit, at::kBFloat16}));

TEST(AdamW, TheStateOfADifferentRunIsRefused) {
  const test::TempFolder folder;
  const auto file = folder / "optimizer.safetensors";
  const auto x = leaf(at::randn({3, 2}));
  AdamW one({{"x", x, 1e-3, 0}}, {});
  write_safetensors(file, one.state());
  const SafetensorsFile stored(file);
  AdamW other_name({{"y", x, 1e-3, 0}}, {}), other_shape({{"x", leaf(at::randn({2, 3})), 1e-3, 0}}, {});
  AdamW more({{"x", x, 1e-3, 0}, {"z", x, 1e-3, 0}}, {}), none({}, {});
  AdamW other_type({{"x", leaf(at::randn({3, 2}, at::kDouble)), 1e-3, 0}}, {});
  EXPECT_ERROR(other_name.load_state(stored), ErrorKind::kData, "optimizer.safetensors", "y.m");
  EXPECT_ERROR(other_shape.load_state(stored), ErrorKind::kData, "optimizer.safetensors", "x.m", "[3, 2]", "[2, 3]");
  EXPECT_ERROR(other_type.load_state(stored), ErrorKind::kData, "x.m", "fp32", "fp64");
  EXPECT_ERROR(more.load_state(stored), ErrorKind::kData, "z.m");
  EXPECT_ERROR(none.load_state(stored), ErrorKind::kData, "x.m", "any tensor that this run trains");
}

TEST(AdamW, ADuplicateNameIsABug) {
  const auto x = leaf(at::randn({2}));
  EXPECT_THROW(AdamW({{"x", x, 1e-3, 0}, {"x", x, 1e-3, 0}}, {}), std::logic_error);
}

}  // namespace
}  // namespace llama32med
