#include "llama32med/nn/recompute.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "support/counting_allocator.h"

namespace llama32med {
namespace {

at::Tensor leaf(at::IntArrayRef shape, at::ScalarType type) { return at::randn(shape, type).set_requires_grad(true); }

// Result, gradients of the leaves, and the next random numbers.
struct Outcome {
  at::Tensor result, next_random;
  std::vector<at::Tensor> gradients;
};

template <class Compute>
Outcome run(const std::vector<at::Tensor>& leaves, const Compute& compute) {
  for (const auto& tensor : leaves) tensor.mutable_grad().reset();
  at::manual_seed(11);
  const auto result = compute();
  result.pow(2).sum().backward();
  Outcome outcome{result.detach(), at::rand({3}), {}};
  for (const auto& tensor : leaves) outcome.gradients.push_back(tensor.grad().clone());
  return outcome;
}

void expect_same(const Outcome& ours, const Outcome& plain) {
  EXPECT_TRUE(ours.result.equal(plain.result));
  EXPECT_TRUE(ours.next_random.equal(plain.next_random));
  for (std::size_t i = 0; i < plain.gradients.size(); ++i) {
    EXPECT_GT(plain.gradients[i].abs().sum().item<double>(), 0) << i;
    EXPECT_TRUE(ours.gradients[i].equal(plain.gradients[i])) << i;
  }
}

class Recompute : public ::testing::TestWithParam<at::ScalarType> {
 protected:
  at::ScalarType type() const { return GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(Types, Recompute, ::testing::Values(at::kFloat, at::kDouble));

TEST_P(Recompute, ChainOfBlocksWithDropoutEqualsThePlainCalls) {
  const auto x = leaf({4, 6}, type()), a = leaf({6, 6}, type()), b = leaf({6, 6}, type());
  const auto chain = [&](Activations activations) {
    return [=, &x, &a, &b] {
      auto y = x;
      for (const auto* weight : {&a, &b, &a}) {  // one weight is used twice
        y = run_block(activations,
                      [weight](const std::vector<at::Tensor>& in) {
                        return in[0] + at::dropout(at::gelu(at::matmul(in[0], *weight)), 0.3, true);
                      },
                      {y});
        y = at::dropout(y, 0.1, true);  // draws between the blocks
      }
      return y;
    };
  };
  expect_same(run({x, a, b}, chain(Activations::kRecompute)), run({x, a, b}, chain(Activations::kKeep)));
}

TEST_P(Recompute, SharedInputsSomeWithoutGradient) {
  const auto x = leaf({4, 6}, type()), memory = leaf({6, 5}, type()), w = leaf({5, 6}, type());
  const auto constant = at::randn({4, 6}, type());
  const Block block = [&](const std::vector<at::Tensor>& in) {
    return in[0] + in[2] * at::matmul(at::matmul(in[0], in[1]).tanh(), w);
  };
  const auto twice = [&](Activations activations) {
    return [&, activations] {
      const auto keys = memory * 2;  // has a grad_fn, and both blocks read it
      return run_block(activations, block, {run_block(activations, block, {x, keys, constant}), keys, constant});
    };
  };
  expect_same(run({x, memory, w}, twice(Activations::kRecompute)), run({x, memory, w}, twice(Activations::kKeep)));
}

TEST_P(Recompute, OnlyParametersNeedGradients) {
  const auto w = leaf({6, 6}, type());
  const auto x = at::randn({4, 6}, type());
  const Block block = [&](const std::vector<at::Tensor>& in) { return at::matmul(in[0], w).tanh(); };
  const auto call = [&](Activations activations) {
    return [&, activations] { return run_block(activations, block, {x}); };
  };
  expect_same(run({w}, call(Activations::kRecompute)), run({w}, call(Activations::kKeep)));
}

TEST(RecomputeCalls, NoGraphWithoutTrainableTensors) {
  int calls = 0;
  const Block block = [&](const std::vector<at::Tensor>& in) { return ++calls, in[0] * 2; };
  EXPECT_FALSE(recompute(block, {at::randn({3})}).requires_grad());
  const auto x = at::randn({3}).set_requires_grad(true);
  const auto y = recompute(block, {x});
  EXPECT_TRUE(y.requires_grad());
  {
    const at::NoGradGuard no_gradients;
    EXPECT_FALSE(recompute(block, {x}).requires_grad());
  }
  EXPECT_EQ(calls, 3);
  y.sum().backward();
  EXPECT_EQ(calls, 4);
}

TEST(RecomputeCalls, AnExceptionInTheBackwardRerunPropagates) {
  int calls = 0;
  const auto x = at::randn({3}).set_requires_grad(true);
  const auto y = recompute(
      [&](const std::vector<at::Tensor>& in) {
        if (++calls > 1) throw std::runtime_error("second run");
        return in[0] * 2;
      },
      {x});
  EXPECT_THROW(y.sum().backward(), std::runtime_error);
}

std::size_t peak_bytes_of_chain(Activations activations) {
  test::CountingAllocator counting;
  {
    const auto x = at::rand({1 << 16}).set_requires_grad(true);  // 256 KiB
    auto y = x;
    for (int i = 0; i < 16; ++i)
      y = run_block(
          activations,
          [](const std::vector<at::Tensor>& in) { return in[0].sin().cos().tanh().sigmoid().sin().cos().tanh().exp(); },
          {y});
    y.sum().backward();
  }
  return counting.peak();
}

TEST(RecomputeMemory, KeepsOnlyInputsOfBlocks) {
  const auto kept = peak_bytes_of_chain(Activations::kKeep), again = peak_bytes_of_chain(Activations::kRecompute);
  const std::size_t tensor = 4 << 16;
  EXPECT_GT(kept, 16 * 6 * tensor);  // backward needs six of the eight results
  EXPECT_LT(again, (16 + 8 + 8) * tensor)
      << "inputs of 16 blocks, the results inside one block, and temporary gradients";
}

}  // namespace
}  // namespace llama32med
