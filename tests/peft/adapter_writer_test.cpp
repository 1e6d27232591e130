#include <gtest/gtest.h>

#include "llama32med/peft/adapter_check.h"
#include "peft/adapter_fixture.h"
#include "support/expect_error.h"

namespace llama32med {
namespace {

using List = std::vector<std::string>;

struct Tuned {
  explicit Tuned(const TuneConfig& tune_config)
      : tune(tune_config), chooser({.tune = &tune, .names = &test::mllama_names()}), model(&chooser) {}
  AdapterSpec spec() const { return spec_of(tune, model.parameters(), "tiny"); }
  TuneConfig tune;
  AdapterChooser chooser;
  test::TinyModel model;
};

// Given the written spec, PEFT would select exactly the adapters of the model, with the same ranks and alphas.
void expect_exact(const Tuned& tuned, const AdapterSpec& spec) {
  const TargetModules targets(spec.target_modules, spec.exclude_modules, test::mllama_names());
  const PatternTable<std::int64_t> ranks(spec.rank_pattern, test::mllama_names(), {"rank_pattern"});
  const PatternTable<double> alphas(spec.alpha_pattern, test::mllama_names(), {"alpha_pattern"});
  const TunedAdapters wanted(tuned.tune, test::mllama_names());
  std::set<std::string> names;
  for (const auto& parameter : tuned.model.parameters().all()) names.insert(parameter.name);
  for (const auto& name : names) {
    if (!name.ends_with(".weight") || name.find(".lora_") != name.npos) continue;
    const auto module = name.substr(0, name.size() - 7);
    EXPECT_EQ(targets(module), names.contains(module + ".lora_A.weight")) << module;
    if (!targets(module)) continue;
    EXPECT_EQ(ranks.find(module, spec.rank), wanted.of(module).rank) << module;
    EXPECT_EQ(alphas.find(module, spec.alpha), wanted.of(module).alpha) << module;
  }
}

TEST(AdapterWriter, TargetsAreShortWhenTheyAreExact) {
  const Tuned all({.rank = 2});
  EXPECT_EQ(std::get<List>(all.spec().target_modules),
            (List{"down_proj", "fc1", "fc2", "gate_proj", "k_proj", "multi_modal_projector", "o_proj", "q_proj",
                  "up_proj", "v_proj"}));
  TuneConfig cross{.rank = 2, .target_modules = List{"q_proj", "k_proj"}};
  cross.vision.train = cross.text.train = cross.projector.train = PartTraining::kFrozen;
  const Tuned only_cross(cross);
  EXPECT_EQ(std::get<List>(only_cross.spec().target_modules), (List{"cross_attn.k_proj", "cross_attn.q_proj"}));
  expect_exact(all, all.spec());
  expect_exact(only_cross, only_cross.spec());
}

TEST(AdapterWriter, TargetsInOnePartAreLongerNames) {
  TuneConfig tune{.rank = 2, .target_modules = List{"q_proj", "up_proj"}};
  tune.vision.train = tune.cross_attention.train = PartTraining::kFrozen;
  const Tuned text(tune);
  // layers 0 to 2 are also in the vision tower
  EXPECT_EQ(
      std::get<List>(text.spec().target_modules),
      (List{"layers.3.self_attn.q_proj", "layers.5.self_attn.q_proj", "model.language_model.layers.0.self_attn.q_proj",
            "model.language_model.layers.2.self_attn.q_proj", "up_proj"}));
  expect_exact(text, text.spec());
}

TEST(AdapterWriter, RanksAndAlphasOfPartsBecomePatterns) {
  TuneConfig tune{.rank = 2, .alpha = 4, .rank_pattern = {{"layers.0.mlp.fc1", 5}}, .alpha_pattern = {{"o_proj", 7}}};
  tune.projector.rank = 3, tune.projector.alpha = 9;
  tune.cross_attention.rank = 6;
  tune.text.alpha = 11;
  const Tuned tuned(tune);
  const auto spec = tuned.spec();
  expect_exact(tuned, spec);
  const auto has = [](const auto& patterns, const auto& entry) { return std::ranges::count(patterns, entry) == 1; };
  EXPECT_TRUE(has(spec.rank_pattern, std::pair<std::string, std::int64_t>("cross_attn\\..*", 6)));
  EXPECT_TRUE(has(spec.rank_pattern, std::pair<std::string, std::int64_t>("multi_modal_projector", 3)));
  EXPECT_TRUE(has(spec.alpha_pattern, std::pair<std::string, double>("o_proj", 7)));
  TuneConfig vision{.rank = 2};
  vision.vision.rank = 9;
  const auto vision_spec = Tuned(vision).spec();
  EXPECT_EQ(vision_spec.rank_pattern, (NamePatterns<std::int64_t>{{"vision_model\\..*", 9}}));
}

TEST(AdapterWriter, WrittenAdaptersAreReadBackInBothLayouts) {
  TuneConfig tune{.rank = 2, .alpha = 6, .rslora = true, .target_modules = ".*language_model.*layers\\.[01].*q_proj"};
  tune.text.rank = 3;
  const Tuned tuned(tune);
  test::TempFolder folder;
  for (const auto layout : {AdapterLayout::kNew, AdapterLayout::kOld}) {
    const auto path = folder / enum_name(layout);
    write_adapter(path, tuned.model.parameters(), tuned.spec(), {.layout = layout});
    const AdapterFolder read(path, test::mllama_names());
    const AdapterChooser chooser({.folder = &read});
    const test::TinyModel again(&chooser);
    ASSERT_EQ(again.parameters().all().size(), tuned.model.parameters().all().size());
    for (std::size_t i = 0; i < again.parameters().all().size(); ++i) {
      const auto &ours = again.parameters().all()[i], &first = tuned.model.parameters().all()[i];
      EXPECT_EQ(ours.name, first.name);
      EXPECT_TRUE(ours.value.equal(first.value)) << ours.name;
    }
    EXPECT_NO_THROW(refuse_unused(read, again.parameters()));
    EXPECT_NO_THROW(refuse_missing(read, chooser.linears(), again.parameters()));
    EXPECT_EQ(read.lora(test::kQ)->scale, tuned.chooser.choose(test::kQ).lora->scale);
    const auto config = read_file(path / "adapter_config.json");
    const bool is_old = config.find("language_model.model.layers") != config.npos;
    EXPECT_EQ(is_old, layout == AdapterLayout::kOld);
  }
}

TEST(AdapterWriter, PartsTrainedInFullAreSavedInFull) {
  TuneConfig tune{.rank = 2};
  tune.projector.train = PartTraining::kFull;
  const Tuned tuned(tune);
  test::TempFolder folder;
  write_adapter(folder / "a", tuned.model.parameters(), tuned.spec());
  const AdapterFolder read(folder / "a", test::mllama_names());
  EXPECT_EQ(read.spec().modules_to_save, List{"multi_modal_projector"});
  EXPECT_EQ(read.saved_tensors(), (List{"multi_modal_projector.bias", "multi_modal_projector.weight"}));

  tune.projector.train = PartTraining::kFrozen;  // a later stage: it remains part of the adapter
  const auto later = spec_of(tune, tuned.model.parameters(), "tiny", &read);
  EXPECT_EQ(later.modules_to_save, List{"multi_modal_projector"});

  tune.text.train = PartTraining::kFrozen;
  tune.cross_attention.train = PartTraining::kFull;
  EXPECT_EQ(Tuned(tune).spec().modules_to_save,
            (List{"model.language_model.layers.1", "model.language_model.layers.4"}));
  tune.text.train = PartTraining::kAdapter;
  EXPECT_ERROR(Tuned(tune).spec(), ErrorKind::kUsage, "cross_attention");
  tune.text.train = PartTraining::kFull;
  EXPECT_ERROR(Tuned(tune).spec(), ErrorKind::kUsage, "text", "checkpoint");
}

}  // namespace
}  // namespace llama32med
