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

PickedTokens pick(const at::Tensor& logits, const SamplerConfig& config, std::vector<RandomStream>& streams) {
  std::vector<double> draws;
  for (auto& stream : streams) draws.push_back(stream.uniform());
  return pick_tokens(logits, logits.logsumexp(-1, true), config, at::tensor(draws, at::kDouble));
}

std::int64_t first_id(const PickedTokens& picked) { return picked.ids[0].item<std::int64_t>(); }

TEST(Sampler, ZeroTemperaturePicksTheMostLikelyTokenAndReportsItsProbability) {
  const auto logits = at::tensor({0.0, std::log(3.0), 0.0, 0.0, 0.0, 0.0}, at::kFloat).view({2, 3});
  auto s = streams(2);
  const auto picked = pick(logits, {}, s);
  EXPECT_EQ(first_id(picked), 1);
  EXPECT_NEAR(picked.log_probabilities[0].item<double>(), std::log(0.6), 1e-6);
}

TEST(Sampler, SamplesFollowTheProbabilities) {
  const auto logits = at::tensor({std::log(0.5), std::log(0.3), std::log(0.2)}, at::kFloat).view({1, 3});
  auto s = streams(1);
  std::array<int, 3> counts{};
  for (int i = 0; i < 4000; ++i) ++counts[static_cast<std::size_t>(first_id(pick(logits, {1.0, 1.0}, s)))];
  EXPECT_NEAR(counts[0], 2000, 130);
  EXPECT_NEAR(counts[1], 1200, 120);
}

TEST(Sampler, TopPLeavesOutTheTail) {
  const auto logits = at::tensor({std::log(0.5), std::log(0.3), std::log(0.2)}, at::kFloat).view({1, 3});
  auto s = streams(1);
  for (int i = 0; i < 300; ++i) EXPECT_NE(first_id(pick(logits, {1.0, 0.7}, s)), 2);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(first_id(pick(logits, {1.0, 0.0}, s)), 0);
}

TEST(Sampler, ARowDoesNotDependOnItsNeighbors) {
  const auto one = at::tensor({0.1, 0.2, 0.3, 0.4}, at::kFloat).view({1, 4});
  auto alone = streams(1, 7), first = streams(2, 7);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(first_id(pick(one, {1.5, 0.9}, alone)), first_id(pick(one.expand({2, 4}), {1.5, 0.9}, first)));
}

}  // namespace
}  // namespace llama32med
