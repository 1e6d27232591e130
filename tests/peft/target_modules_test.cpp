#include "llama32med/peft/target_modules.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/mllama_names.h"

namespace llama32med {
namespace {

using List = std::vector<std::string>;

const std::string kTextQ = "language_model.model.layers.1.cross_attn.q_proj";
const std::string kVisionQ = "vision_model.transformer.layers.0.self_attn.q_proj";
const std::string kProjector = "multi_modal_projector";
const std::string kHead = "language_model.lm_head";

bool targets(const TextOrList& names, const std::string& module) {
  return names_test(names, test::mllama_names(), {"target_modules"})(module);
}

TEST(TargetModules, AListNamesModulesOrTheirEndsAfterADot) {
  EXPECT_TRUE(targets(List{"k_proj", "q_proj"}, kTextQ));
  EXPECT_TRUE(targets(List{"cross_attn.q_proj"}, kTextQ));
  EXPECT_FALSE(targets(List{"cross_attn.q_proj"}, kVisionQ));
  EXPECT_FALSE(targets(List{"_proj", "proj", "attn.q_proj"}, kTextQ));
  EXPECT_FALSE(targets(List{}, kTextQ));
}

TEST(TargetModules, BothNamingConventionsMeanTheSame) {
  EXPECT_TRUE(targets(List{"language_model.model.layers.1.cross_attn.q_proj"}, kTextQ));
  EXPECT_TRUE(targets(List{"model.language_model.layers.1.cross_attn.q_proj"}, kTextQ));
  EXPECT_TRUE(targets(List{"model.multi_modal_projector"}, kProjector));
  EXPECT_TRUE(targets(List{"multi_modal_projector"}, kProjector));
  EXPECT_TRUE(targets("model\\.vision_model\\..*q_proj", kVisionQ));
  EXPECT_TRUE(targets("vision_model\\..*q_proj", kVisionQ));
}

TEST(TargetModules, AStringIsARegularExpressionForTheWholeName) {
  const std::string expression = ".*language_model.*\\.(self_attn|cross_attn)\\.(q|v)_proj";
  EXPECT_TRUE(targets(expression, kTextQ));
  EXPECT_FALSE(targets(expression, kVisionQ));
  EXPECT_FALSE(targets("q_proj", kTextQ));
  EXPECT_FALSE(targets(".*q_pro", kTextQ));
}

TEST(TargetModules, AllLinearIsEverythingExceptTheOutputHead) {
  for (const auto* all : {"all-linear", "ALL-LINEAR"}) {
    EXPECT_TRUE(targets(std::string(all), kProjector));
    EXPECT_TRUE(targets(std::string(all), kVisionQ));
    EXPECT_FALSE(targets(std::string(all), kHead));
  }
  EXPECT_TRUE(targets(List{"lm_head"}, kHead));
}

TEST(TargetModules, ExcludedModulesAreRemoved) {
  const TargetModules targets("all-linear", List{"q_proj"}, test::mllama_names());
  EXPECT_TRUE(targets(kProjector));
  EXPECT_FALSE(targets(kTextQ));
  EXPECT_FALSE(TargetModules("all-linear", ".*vision_model.*", test::mllama_names())(kVisionQ));
  EXPECT_TRUE(TargetModules("all-linear", "", test::mllama_names())(kVisionQ));
}

TEST(TargetModules, InvalidExpressionsAreNamed) {
  EXPECT_ERROR(targets("(q|v_proj", kTextQ), ErrorKind::kUsage, "target_modules", "(q|v_proj", "regular expression");
  EXPECT_ERROR(targets(".*(?i)Q_proj", kTextQ), ErrorKind::kUsage, "(?i)", "Python");
  EXPECT_ERROR(pattern_test("[", test::mllama_names(), {"rank_pattern"}), ErrorKind::kUsage, "rank_pattern", "[");
  for (const auto* expression : {".*(?:q|v)_proj", ".*(?P<x>q)_proj", "(?i).*Q_proj", ".*(?<!lm)q_proj", ".*q_proj\\Z"})
    EXPECT_TRUE(targets(expression, kTextQ)) << expression;
  EXPECT_TRUE(targets("(?!.*lm_head).*", kTextQ));
}

TEST(TargetModules, TheFirstPatternThatMatchesTheEndOfANameDecides) {
  const NamePatterns<std::int64_t> rows = {{"cross_attn.q_proj", 6}, {"q_proj", 2}, {"vision_model.*", 3}};
  const PatternTable<std::int64_t> ranks(rows, test::mllama_names(), {"rank_pattern"});
  EXPECT_EQ(ranks.find(kTextQ, 8), 6);
  EXPECT_EQ(ranks.find(kVisionQ, 8), 2);
  EXPECT_EQ(ranks.find("vision_model.transformer.layers.0.mlp.fc1", 8), 3);
  EXPECT_EQ(ranks.find("language_model.model.layers.0.mlp.up_proj", 8), 8);
  EXPECT_EQ(ranks.find("language_model.model.layers.0.self_attn.xq_proj", 8), 8);
}

TEST(TargetModules, SavedModulesIncludeTheirSubmodules) {
  EXPECT_TRUE(is_saved("multi_modal_projector.weight", {"multi_modal_projector"}, test::mllama_names()));
  EXPECT_TRUE(is_saved("vision_model.transformer.layers.0.mlp.fc1", {"vision_model"}, test::mllama_names()));
  EXPECT_TRUE(
      is_saved("language_model.model.layers.1.mlp.up_proj", {"model.language_model.layers.1"}, test::mllama_names()));
  EXPECT_FALSE(
      is_saved("language_model.model.layers.10.mlp.up_proj", {"model.language_model.layers.1"}, test::mllama_names()));
  EXPECT_FALSE(is_saved("multi_modal_projector.weight", {"projector"}, test::mllama_names()));
}

}  // namespace
}  // namespace llama32med
