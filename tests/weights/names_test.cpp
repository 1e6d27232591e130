#include "llama32med/weights/names.h"

#include <gtest/gtest.h>

namespace llama32med {
namespace {

TEST(Names, BothErasMeanTheSame) {
  const std::pair<const char*, const char*> pairs[] = {
      {"language_model.lm_head.weight", "lm_head.weight"},
      {"language_model.model.embed_tokens.weight", "model.language_model.embed_tokens.weight"},
      {"language_model.model.layers.3.cross_attn.q_proj.weight",
       "model.language_model.layers.3.cross_attn.q_proj.weight"},
      {"vision_model.class_embedding", "model.vision_model.class_embedding"},
      {"multi_modal_projector", "model.multi_modal_projector"},
  };
  for (const auto& [hub, tree] : pairs) {
    EXPECT_EQ(hub_name(tree), hub);
    EXPECT_EQ(hub_name(hub), hub);
    EXPECT_EQ(hub_name(std::string("base_model.model.") + tree), hub);
    EXPECT_EQ(hub_name(std::string("base_model.model.") + hub), hub);
    EXPECT_EQ(module_tree_name(hub), tree);
  }
}

TEST(Names, OthersStay) {
  for (const char* name : {"lm_header.weight", "model.layers.0.mlp.up_proj.weight", "model.vision_modeling", ""}) {
    EXPECT_EQ(hub_name(name), name);
    EXPECT_EQ(module_tree_name(name), name);
  }
}

}  // namespace
}  // namespace llama32med
