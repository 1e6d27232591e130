// Rules for any model; tests/models/mllama_weights_test.cpp checks the released model's tensors bit for bit.
#include "llama32med/weights/random_weights.h"

#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace llama32med {
namespace {

const std::vector<NamedShape> kTensors = {
    {"lm.embed_tokens.weight", {300, 64}},   {"lm.layers.0.norm.weight", {64}}, {"lm.layers.0.o_proj.weight", {64, 64}},
    {"lm.layers.1.o_proj.weight", {64, 64}}, {"lm.layers.1.attn_gate", {1}},    {"lm.layers.1.fc1.bias", {64}},
    {"tower.position_embedding", {64, 64}},  {"tower.q_proj.weight", {64, 256}}};

TEST(RandomWeights, NamesDecideTheRange) {
  const RandomWeights weights(kTensors, {.seed = 1});
  const auto largest = [&](const char* name) { return weights.read(name, {}).abs().max().item<double>(); };
  EXPECT_NEAR(largest("lm.embed_tokens.weight"), 0.06, 0.001);
  EXPECT_NEAR(largest("lm.layers.0.norm.weight"), 1.25, 0.02);
  EXPECT_NEAR(largest("tower.position_embedding"), 0.5, 0.01);
  EXPECT_NEAR(largest("lm.layers.1.fc1.bias"), 0.1, 0.01);
  EXPECT_NEAR(largest("tower.q_proj.weight"), std::sqrt(3.0 / 256), 0.001);
  EXPECT_GE(largest("lm.layers.1.attn_gate"), 0.35);
  EXPECT_EQ(weights.names().size(), kTensors.size());
  EXPECT_ERROR(weights.info("lm.lm_head.weight"), ErrorKind::kData, "seed 1", "lm.lm_head.weight");
}

// 1/sqrt(inputs); ends of residual branches are also scaled by the number of layers in their tower, here two.
TEST(RandomWeights, ThePlainRuleKeepsDeepModelsStable) {
  const RandomWeights weights(kTensors, {.seed = 1, .rule = WeightRule::kPlain});
  const auto deviation = [&](const char* name) { return weights.read(name, {}).std().item<double>(); };
  EXPECT_NEAR(deviation("tower.q_proj.weight"), 1.0 / 16, 0.002);
  EXPECT_NEAR(deviation("lm.layers.0.o_proj.weight"), 1.0 / 8 / 2, 0.002);
  EXPECT_TRUE(weights.read("lm.layers.0.norm.weight", {}).equal(at::ones({64})));
}

TEST(RandomWeights, AreRoundedToTheStoredDtypeFirst) {
  const RandomWeights weights(kTensors, {.seed = 1, .dtype = at::kBFloat16});
  const char* name = "tower.q_proj.weight";
  EXPECT_EQ(weights.info(name).dtype, at::kBFloat16);
  EXPECT_EQ(weights.read(name, {}).scalar_type(), at::kBFloat16);
  EXPECT_TRUE(weights.read(name, at::TensorOptions(at::kDouble)).equal(weights.read(name, {}).to(at::kDouble)));
}

}  // namespace
}  // namespace llama32med
