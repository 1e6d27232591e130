#include "llama32med/generate/sampler.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace llama32med {
namespace {

std::vector<RandomStream> streams(std::size_t count, std::uint64_t key = 1) {
  std::vector<RandomStream> all;
  for (std::size_t i = 0; i < count; ++i) all.emplace_back(key + i);
  return all;
}

TEST(Sampler, ZeroTemperaturePicksTheMostLikelyTokenAndReportsItsProbability) {
  const auto logits = at::tensor({0.0, std::log(3.0), 0.0, 0.0, 0.0, 0.0}, at::kFloat).view({2, 3});
  auto s = streams(2);
  const auto picked = pick_tokens(logits, {}, s);
  EXPECT_EQ(picked[0].id, 1);
  EXPECT_NEAR(picked[0].log_probability, std::log(0.6), 1e-6);
}

TEST(Sampler, SamplesFollowTheProbabilities) {
  const auto logits = at::tensor({std::log(0.5), std::log(0.3), std::log(0.2)}, at::kFloat).view({1, 3});
  auto s = streams(1);
  std::array<int, 3> counts{};
  for (int i = 0; i < 4000; ++i) ++counts[static_cast<std::size_t>(pick_tokens(logits, {1.0, 1.0}, s)[0].id)];
  EXPECT_NEAR(counts[0], 2000, 130);
  EXPECT_NEAR(counts[1], 1200, 120);
}

TEST(Sampler, TopPLeavesOutTheTail) {
  const auto logits = at::tensor({std::log(0.5), std::log(0.3), std::log(0.2)}, at::kFloat).view({1, 3});
  auto s = streams(1);
  for (int i = 0; i < 300; ++i) EXPECT_NE(pick_tokens(logits, {1.0, 0.7}, s)[0].id, 2);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(pick_tokens(logits, {1.0, 0.0}, s)[0].id, 0);
}

TEST(Sampler, ARowDoesNotDependOnItsNeighbors) {
  const auto one = at::tensor({0.1, 0.2, 0.3, 0.4}, at::kFloat).view({1, 4});
  auto alone = streams(1, 7), first = streams(2, 7);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(pick_tokens(one, {1.5, 0.9}, alone)[0].id, pick_tokens(one.expand({2, 4}), {1.5, 0.9}, first)[0].id);
}

}  // namespace
}  // namespace llama32med
