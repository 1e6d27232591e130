// Random weights for Mllama: the rules in random_weights.h, and the tables with rules of their own.
#include "models/mllama/mllama_weights.h"

#include <gtest/gtest.h>

#include "llama32med/models/backbone_kind.h"
#include "llama32med/weights/checkpoint.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace llama32med::mllama {
namespace {

Config tiny() { return read_mllama_config(find_preset("test", "tiny").preset.config(512), "tiny"); }

// These tables are made from a small grid, each value of which is used several times.
bool is_small_table(const std::string& name) { return name.find("_tile_positional_embedding") != std::string::npos; }

const char* const kTable = "vision_model.gated_positional_embedding.tile_embedding.weight";

TEST(MllamaWeights, EqualTheReferenceBitForBit) {
  const Checkpoint reference(test::golden("tiny/model"));
  const MllamaWeights weights(tiny(), {.seed = 20320});
  EXPECT_EQ(weights.names(), reference.names());
  for (const auto& name : weights.names()) EXPECT_TRUE(weights.read(name, {}).equal(reference.read(name, {}))) << name;
  EXPECT_ERROR(weights.info("vision_model.gate"), ErrorKind::kData, "seed 20320", "vision_model.gate");
}

// The slots of a row from h * w on are zero; with kNonzero they are not, and the other slots stay the same.
TEST(MllamaWeights, PaddedSlots) {
  const auto config = tiny();
  const auto read = [&](PaddedSlots slots, RandomFill fill) {
    const MllamaWeights weights(config, {.seed = 3, .padded_slots = slots, .fill = fill});
    return weights.read(kTable, {}).view({9, 4, -1});
  };
  const auto zero = read(PaddedSlots::kZero, RandomFill::kReproducible);
  const auto slack = read(PaddedSlots::kNonzero, RandomFill::kReproducible);
  const auto device = read(PaddedSlots::kZero, RandomFill::kOnDevice);
  for (std::int64_t id = 0; id < 9; ++id) {
    const auto [high, wide] =
        id == 0 ? std::pair<std::int64_t, std::int64_t>{0, 0} : config.vision.supported_aspect_ratios[id - 1];
    for (std::int64_t slot = 0; slot < 4; ++slot) {
      const bool real = slot < high * wide;
      EXPECT_EQ(zero[id][slot].count_nonzero().item<std::int64_t>() > 0, real) << id << " " << slot;
      EXPECT_EQ(device[id][slot].count_nonzero().item<std::int64_t>() > 0, real) << id << " " << slot;
      EXPECT_GT(slack[id][slot].count_nonzero().item<std::int64_t>(), 0);
      EXPECT_EQ(zero[id][slot].equal(slack[id][slot]), real);
    }
  }
}

TEST(MllamaWeights, PlainRule) {
  const auto config = tiny();
  for (const auto fill : {RandomFill::kReproducible, RandomFill::kOnDevice}) {
    const MllamaWeights weights(config, {.seed = 3, .rule = WeightRule::kPlain, .fill = fill});
    const auto read = [&](const char* name) { return weights.read(name, at::TensorOptions(at::kFloat)); };
    const auto deviation = [&](const char* name) { return read(name).std().item<double>(); };
    EXPECT_EQ(read("language_model.model.layers.1.cross_attn_attn_gate").item<float>(), 0.5F);
    EXPECT_TRUE(read("language_model.model.norm.weight").eq(1).all().item<bool>());
    EXPECT_TRUE(read("vision_model.layernorm_pre.bias").eq(0).all().item<bool>());
    EXPECT_NEAR(deviation("language_model.lm_head.weight"), 0.144, 0.003);                           // 48^-0.5
    EXPECT_NEAR(deviation("language_model.model.layers.0.self_attn.o_proj.weight"), 0.0417, 0.002);  // / 12^0.5
    EXPECT_NEAR(deviation("vision_model.transformer.layers.0.mlp.fc2.weight"), 0.0395, 0.002);       // 64^-0.5 / 10^0.5
    EXPECT_NEAR(deviation("vision_model.transformer.layers.0.mlp.fc2.bias"), 0.02, 0.01);
    EXPECT_NEAR(deviation("vision_model.class_embedding"), 0.177, 0.09);  // 32^-0.5
  }
}

TEST(MllamaWeights, OnDeviceKeepsTheVariedScales) {
  const auto config = tiny();
  const MllamaWeights exact(config, {.seed = 3}), quick(config, {.seed = 3, .fill = RandomFill::kOnDevice});
  for (const auto& name : exact.names()) {
    const auto a = exact.read(name, {}), b = quick.read(name, at::TensorOptions(at::kBFloat16));
    EXPECT_EQ(a.sizes(), b.sizes());
    EXPECT_EQ(b.scalar_type(), at::kBFloat16);
    if (a.numel() < 1000 || is_small_table(name)) continue;
    EXPECT_NEAR(b.to(at::kFloat).std().item<double>() / a.std().item<double>(), 1, 0.1) << name;
  }
}

}  // namespace
}  // namespace llama32med::mllama
