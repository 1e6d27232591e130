// adapter_config.json, adapter folders, patterns of module names.
#include <ATen/ops/zeros.h>

#include "fuzz/scratch.h"
#include "fuzz/seeds.h"
#include "llama32med/core/config_json.h"
#include "llama32med/peft/adapter_folder.h"
#include "llama32med/peft/adapter_spec.h"
#include "llama32med/peft/target_modules.h"
#include "models/mllama/names.h"
#include "support/test_data.h"

namespace llama32med::fuzz {
namespace {

constexpr const char* kModules[] = {"language_model.model.layers.0.self_attn.q_proj",
                                    "vision_model.transformer.layers.11.mlp.fc1", "language_model.lm_head"};

// What an adapter's config asks for, for some modules.
void select(const AdapterSpec& spec) {
  const auto& names = mllama::names();
  const TargetModules targets(spec.target_modules, spec.exclude_modules, names);
  const PatternTable<std::int64_t> ranks(spec.rank_pattern, names, {"rank_pattern"});
  const PatternTable<double> alphas(spec.alpha_pattern, names, {"alpha_pattern"});
  for (const auto* module : kModules) {
    (void)targets(module);
    require(ranks.find(module, 8) >= 1 && alphas.find(module, 8) == alphas.find(module, 8), "a rank is positive");
    (void)is_saved(module, spec.modules_to_save, names);
  }
}

void fuzz_adapter_config(std::string_view bytes) {
  const auto spec = read_adapter_spec(parse_json(bytes, "adapter_config.json"), "adapter_config.json");
  const auto written = adapter_config_json(spec);
  require(adapter_config_json(read_adapter_spec(written, "again")) == written, "a config is read as it was written");
  select(spec);
}

void fuzz_module_pattern(std::string_view bytes) {
  const std::string pattern(bytes);
  const auto& names = mllama::names();
  const auto ends = pattern_test(pattern, names, {"rank_pattern"});
  const auto whole = names_test(TextOrList(pattern), names, {"target_modules"});
  for (const auto* module : kModules) (void)ends(module), (void)whole(module);
}

// The header of adapter_model.safetensors beside a valid config.
void fuzz_adapter_file(std::string_view bytes) {
  static const auto config = scratch_file("adapter_file", "adapter_config.json",
                                          source_text("tests/golden/tiny/adapters/plain/adapter_config.json"));
  const AdapterFolder adapter(scratch_file("adapter_file", "adapter_model.safetensors", bytes).parent_path(),
                              mllama::names());
  for (const auto& module : adapter.modules()) require(adapter.lora(module).has_value(), "a module has its settings");
}

Seeds adapter_config_seeds() {
  Seeds seeds;
  for (const auto* name : {"dora", "patterns", "plain", "regex", "rslora"})
    seeds.push_back(source_text(std::string("tests/golden/tiny/adapters/") + name + "/adapter_config.json"));
  return seeds;
}

Seeds pattern_seeds() {
  return {"q_proj", ".*layers\\.[0-9]+\\.self_attn\\.(q|v)_proj", "layers.(0|1).mlp", "^language_model\\..*_proj$",
          "all-linear"};
}

Seeds adapter_file_seeds() {
  const std::string prefix = "base_model.model.language_model.model.layers.0.self_attn.q_proj.lora_";
  const auto file = scratch_folder("adapter_file") / "seed.safetensors";
  const auto spec = read_adapter_spec(parse_json(adapter_config_seeds()[2], "plain"), "plain");
  write_safetensors(
      file, {{prefix + "A.weight", at::zeros({spec.rank, 3})}, {prefix + "B.weight", at::zeros({2, spec.rank})}});
  return {read_file(file)};
}

}  // namespace

Targets peft_targets() {
  return {{"adapter_config", fuzz_adapter_config, adapter_config_seeds},
          {"module_pattern", fuzz_module_pattern, pattern_seeds},
          {"adapter_file", fuzz_adapter_file, adapter_file_seeds}};
}

}  // namespace llama32med::fuzz
