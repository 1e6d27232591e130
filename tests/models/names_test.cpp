#include "models/mllama/names.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace llama32med::mllama {
namespace {

TEST(Names, OldAndNewNamesAreEquivalent) {
  const std::pair<const char*, const char*> pairs[] = {
      {"language_model.lm_head.weight", "lm_head.weight"},
      {"language_model.model.embed_tokens.weight", "model.language_model.embed_tokens.weight"},
      {"language_model.model.layers.3.cross_attn.q_proj.weight",
       "model.language_model.layers.3.cross_attn.q_proj.weight"},
      {"vision_model.class_embedding", "model.vision_model.class_embedding"},
      {"multi_modal_projector", "model.multi_modal_projector"},
  };
  for (const auto& [hub, tree] : pairs) {
    EXPECT_EQ(names().hub_name(tree), hub);
    EXPECT_EQ(names().hub_name(hub), hub);
    EXPECT_EQ(names().hub_name(std::string("base_model.model.") + tree), hub);
    EXPECT_EQ(names().hub_name(std::string("base_model.model.") + hub), hub);
    EXPECT_EQ(names().module_tree_name(hub), tree);
  }
}

TEST(Names, OtherNamesStayTheSame) {
  for (const char* name : {"lm_header.weight", "model.layers.0.mlp.up_proj.weight", "model.vision_modeling", ""}) {
    EXPECT_EQ(names().hub_name(name), name);
    EXPECT_EQ(names().module_tree_name(name), name);
  }
}

TEST(Names, EveryTensorBelongsToAPart) {
  EXPECT_EQ(names().part_of("vision_model.class_embedding"), Part::kVision);
  EXPECT_EQ(names().part_of("multi_modal_projector"), Part::kProjector);
  EXPECT_EQ(names().part_of("language_model.model.layers.3.cross_attn.q_proj"), Part::kCrossAttention);
  EXPECT_EQ(names().part_of("language_model.model.layers.3.cross_attn_attn_gate"), Part::kCrossAttention);
  EXPECT_EQ(names().part_of("language_model.model.layers.3.mlp.up_proj"), Part::kText);
  EXPECT_ERROR(names().part_of("vision_modeling"), ErrorKind::kData, "vision_modeling", "multi_modal_projector");
}

}  // namespace
}  // namespace llama32med::mllama
