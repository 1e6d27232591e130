#include "llama32med/peft/adapter_chooser.h"

#include <gtest/gtest.h>

#include "peft/adapter_fixture.h"
#include "support/expect_error.h"

namespace llama32med {
namespace {

using List = std::vector<std::string>;
using test::kQ;

const std::string kFc1 = "vision_model.transformer.layers.0.mlp.fc1";
const std::string kCrossQ = "language_model.model.layers.1.cross_attn.q_proj";

std::size_t adapters(const test::TinyModel& model, const std::string& front) {
  std::size_t count = 0;
  for (const auto& parameter : model.parameters().all())
    count += parameter.kind == ParameterKind::kAdapter && parameter.name.starts_with(front) &&
             parameter.name.ends_with("lora_A.weight");
  return count;
}

TEST(AdapterChooser, AllLinearIsEveryLinearLayerExceptTheHead) {
  const TuneConfig tune{.rank = 4};
  const AdapterChooser chooser({.tune = &tune, .names = &test::mllama_names(), .seed = 3});
  const test::TinyModel model(&chooser);
  EXPECT_EQ(adapters(model, ""), 73u);
  EXPECT_EQ(adapters(model, "vision_model"), 30u);
  EXPECT_EQ(adapters(model, "multi_modal_projector"), 1u);
  EXPECT_EQ(adapters(model, "language_model.lm_head"), 0u);
  EXPECT_NO_THROW(chooser.refuse_unmatched());
}

TEST(AdapterChooser, PartsDecideWhichModulesAreAdaptedAndHow) {
  TuneConfig tune{.rank = 8, .alpha = 16, .dropout = 0.1, .rank_pattern = {{"q_proj", 3}}};
  tune.vision = {.train = PartTraining::kAdapter, .rank = 2, .alpha = 5, .dropout = 0.5};
  tune.projector.train = PartTraining::kFrozen;
  tune.cross_attention.train = PartTraining::kFull;
  const AdapterChooser chooser({.tune = &tune, .names = &test::mllama_names()});
  EXPECT_FALSE(chooser.choose("multi_modal_projector").lora);
  EXPECT_FALSE(chooser.choose(kCrossQ).lora);
  const auto fc1 = *chooser.choose(kFc1).lora;
  EXPECT_EQ(fc1.rank, 2);
  EXPECT_EQ(fc1.scale, 2.5);
  EXPECT_EQ(fc1.dropout, 0.5);
  EXPECT_EQ(chooser.choose(kQ).lora->rank, 3);  // a pattern overrides the global rank
  EXPECT_EQ(chooser.choose(kQ).lora->dropout, 0.1);
  EXPECT_EQ(chooser.choose("vision_model.transformer.layers.0.self_attn.q_proj").lora->rank, 3);  // and the part's rank
}

TEST(AdapterChooser, RsLoraDividesByTheRootOfTheRankAndDoraIsAKind) {
  const TuneConfig tune{.rank = 4, .alpha = 8, .rslora = true, .dora = true};
  const auto lora = *AdapterChooser({.tune = &tune, .names = &test::mllama_names()}).choose(kQ).lora;
  EXPECT_EQ(lora.scale, 4);
  EXPECT_EQ(lora.kind, LoraKind::kDora);
}

TEST(AdapterChooser, StorageIsChosenForEveryLinearLayer) {
  const AdapterChooser chooser({.storage = [](const std::string& module) {
    return module == kFc1 ? WeightStorage::kNf4 : WeightStorage::kDense;
  }});
  EXPECT_EQ(chooser.choose(kFc1).storage, WeightStorage::kNf4);
  EXPECT_EQ(chooser.choose(kQ).storage, WeightStorage::kDense);
}

TEST(AdapterChooser, WithoutATuneConfigOnlyTheFolderCountsAndDropoutIsOff) {
  test::TempFolder folder;
  test::write_folder(folder.path(), R"({"r": 4, "lora_dropout": 0.3})", test::factors(kQ, 4));
  const AdapterFolder adapter(folder.path(), test::mllama_names());
  const AdapterChooser chooser({.folder = &adapter});
  EXPECT_EQ(chooser.choose(kQ).trained, &adapter);
  EXPECT_EQ(chooser.choose(kQ).lora->dropout, 0);
  EXPECT_FALSE(chooser.choose(kFc1).lora);
  EXPECT_NO_THROW(chooser.refuse_unmatched());
}

TEST(AdapterChooser, AFolderIsContinuedAndOtherModulesGetFreshAdapters) {
  test::TempFolder folder;
  test::write_folder(folder.path(), R"({"r": 4, "lora_alpha": 8})", test::factors(kQ, 4));
  const AdapterFolder adapter(folder.path(), test::mllama_names());
  TuneConfig tune{.rank = 4, .alpha = 8, .dropout = 0.2};
  const AdapterChooser chooser({.tune = &tune, .names = &test::mllama_names(), .folder = &adapter, .seed = 5});
  EXPECT_EQ(chooser.choose(kQ).trained, &adapter);
  EXPECT_EQ(chooser.choose(kQ).lora->dropout, 0.2);
  EXPECT_EQ(chooser.choose(kFc1).trained, nullptr);
  EXPECT_EQ(chooser.choose(kFc1).seed, 5u);
  tune.text.train = PartTraining::kFrozen;  // trained adapters remain part of the model
  EXPECT_EQ(AdapterChooser({.tune = &tune, .names = &test::mllama_names(), .folder = &adapter}).choose(kQ).trained,
            &adapter);
}

TEST(AdapterChooser, AFolderThatDisagreesIsReportedWithBothValues) {
  test::TempFolder folder;
  test::write_folder(folder.path(), R"({"r": 4, "lora_alpha": 8})", test::factors(kQ, 4));
  const AdapterFolder adapter(folder.path(), test::mllama_names());
  const auto refuses = [&](const TuneConfig& tune, std::initializer_list<const char*> parts) {
    const AdapterChooser chooser({.tune = &tune, .names = &test::mllama_names(), .folder = &adapter});
    test::expect_error([&] { (void)chooser.choose(kQ); }, ErrorKind::kUsage, parts);
  };
  refuses({.rank = 6, .alpha = 8}, {kQ.c_str(), "rank 4", "config has 6"});
  refuses({.rank = 4, .alpha = 9}, {"alpha 8", "config has 9"});
  refuses({.rank = 4, .alpha = 8, .rslora = true}, {"rslora false", "config has true"});
  refuses({.rank = 4, .alpha = 8, .dora = true}, {"dora false", "config has true"});
  TuneConfig full{.rank = 4, .alpha = 8};
  full.text.train = PartTraining::kFull;
  refuses(full, {"text", "full", "merge"});
}

TEST(AdapterChooser, TargetsThatMatchNothingAreReported) {
  const auto refuses = [](const TuneConfig& tune, std::initializer_list<const char*> parts) {
    const AdapterChooser chooser({.tune = &tune, .names = &test::mllama_names()});
    const test::TinyModel model(&chooser);
    test::expect_error([&] { chooser.refuse_unmatched(); }, ErrorKind::kUsage, parts);
  };
  refuses({.target_modules = ".*nothing"}, {".*nothing", "matches no linear"});
  refuses({.target_modules = "q_proj"}, {"regular expression", "[\"q_proj\"]"});
  refuses({.target_modules = List{"q_proj", "v_porj"}}, {"v_porj", "did you mean", "v_proj"});
  TuneConfig text_only{.target_modules = List{"fc1"}};
  text_only.vision.train = PartTraining::kFrozen;
  refuses(text_only, {"[fc1]", "matches no linear"});
  TuneConfig nothing{.target_modules = ".*nothing"};
  for (auto* part : {&nothing.vision, &nothing.projector, &nothing.cross_attention, &nothing.text})
    part->train = PartTraining::kFrozen;
  EXPECT_NO_THROW(AdapterChooser({.tune = &nothing, .names = &test::mllama_names()}).refuse_unmatched());
}

}  // namespace
}  // namespace llama32med
