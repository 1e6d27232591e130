#include "llama32med/peft/adapter_spec.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "llama32med/core/config_json.h"
#include "llama32med/core/json_object.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

constexpr IntegerRange kRank{1, 1 << 17}, kLayer{0, 1 << 12};
constexpr NumberRange kAlpha{-kLargestAlpha, kLargestAlpha}, kDropout{0, 1};

// Initializations that also change the base weights: the adapter alone does not define the model.
constexpr std::array kBaseChangingInits = {"pissa", "olora", "corda", "loftq", "lora_ga"};
// Those that change the adapter only. PEFT 0.17 to 0.21.
constexpr std::array kOtherInits = {"gaussian", "eva", "orthogonal", "mica", "true", "false"};

struct Unsupported {
  const char* key;
  const char* what;
};
// Keys that must be absent, null, false or empty: any other value changes the results.
constexpr std::array kUnsupported = {
    Unsupported{"fan_in_fan_out", "transposed weights"},
    Unsupported{"layer_replication", "replicated layers"},
    Unsupported{"lora_bias", "biases on B"},
    Unsupported{"trainable_token_indices", "trained embedding rows"},
    Unsupported{"target_parameters", "adapters on plain parameters"},
    Unsupported{"use_qalora", "QA-LoRA"},
    Unsupported{"megatron_config", "Megatron layers"},
    Unsupported{"alora_invocation_tokens", "activated LoRA"},
    Unsupported{"arrow_config", "Arrow routing"},
    Unsupported{"use_bdlora", "block-diagonal LoRA"},
    Unsupported{"kasa_config", "KaSA adapters"},
    Unsupported{"monteclora_config", "MonteCLoRA adapters"},
    Unsupported{"velora_config", "VeLoRA adapters"},
};

// Switches and sections of a newer PEFT that are not listed here may change the results as well.
constexpr std::array kKnownVariants = {"use_rslora",   "use_dora",       "eva_config",    "corda_config",
                                       "loftq_config", "lora_ga_config", "runtime_config"};

bool is_off(const Json& value) {
  return value.is_null() || value == Json(false) || (value.empty() && !value.is_primitive());
}

void refuse_unknown_variants(const JsonObject& json) {
  for (const auto& key : json.keys()) {
    const bool names_variant = key.starts_with("use_") || key.ends_with("_config");
    if (!names_variant || std::ranges::find(kKnownVariants, key) != kKnownVariants.end()) continue;
    if (const auto* value = json.find(key.c_str()); value && !is_off(*value))
      json.fail("\"{}\" is {}, a variant of LoRA that is not supported; merge the adapter with PEFT instead", key,
                json_excerpt(*value));
  }
}

void refuse_inits(const JsonObject& json) {
  const auto* init = json.find("init_lora_weights");
  if (!init || !init->is_string()) return;
  const auto name = ascii_lower(init->get<std::string>());
  for (const auto* changing : kBaseChangingInits)
    if (name.starts_with(changing))
      json.fail(
          "\"init_lora_weights\" is {}, which changes the base weights too; convert it with PEFT's "
          "save_pretrained(path_initial_model_for_weight_conversion=..)",
          json_excerpt(*init));
  if (std::ranges::find(kOtherInits, name) == kOtherInits.end())
    json.fail("\"init_lora_weights\" is {}, which is not known and may change the base weights; known are {}",
              json_excerpt(*init), join({kOtherInits.begin(), kOtherInits.end()}, ", "));
}

void refuse_unsupported(const JsonObject& json) {
  json.require_only("peft_type", "LORA");
  json.require_only("bias", "none");
  for (const auto& [key, what] : kUnsupported)
    if (const auto* value = json.find(key); value && !is_off(*value))
      json.fail("\"{}\" is {}; {} are not supported", key, json_excerpt(*value), what);
  refuse_unknown_variants(json);
  refuse_inits(json);
}

LayerSelection read_layers(const JsonObject& json) {
  LayerSelection layers;
  if (json.has("layers_to_transform")) layers.indices = json.integers("layers_to_transform", kLayer);
  const auto patterns = json.text_or_list("layers_pattern", std::string());
  if (const auto* text = std::get_if<std::string>(&patterns))
    layers.patterns = text->empty() ? std::vector<std::string>() : std::vector{*text};
  else
    layers.patterns = std::get<std::vector<std::string>>(patterns);
  return layers;
}

// Values by pattern, in file order; `read` takes the object and one of its keys.
template <class Value, class Read>
NamePatterns<Value> read_patterns(const JsonObject& json, const char* key, Read read) {
  NamePatterns<Value> patterns;
  if (const auto section = json.find_section(key))
    for (const auto& pattern : section->keys()) patterns.emplace_back(pattern, read(*section, pattern.c_str()));
  return patterns;
}

Json number_json(double value) {  // 16 rather than 16.0
  if (value == std::floor(value) && std::abs(value) < 1e15) return static_cast<std::int64_t>(value);
  return value;
}

Json names_json(const TextOrList& names) {  // null if empty
  if (std::visit([](const auto& held) { return held.empty(); }, names)) return nullptr;
  return std::visit([](const auto& held) { return Json(held); }, names);
}

template <class Value>
Json patterns_json(NamePatterns<Value> patterns) {
  std::ranges::stable_sort(patterns, {}, [](const auto& entry) { return entry.first; });
  Json json = Json::object();
  for (const auto& [pattern, value] : patterns) json[pattern] = number_json(static_cast<double>(value));
  return json;
}

}  // namespace

AdapterSpec read_adapter_spec(const Json& json, const std::string& where) {
  const JsonObject config(json, where);
  refuse_unsupported(config);
  AdapterSpec spec;
  spec.rank = config.integer("r", kRank, spec.rank);
  spec.alpha = config.number("lora_alpha", kAlpha, spec.alpha);
  spec.dropout = config.number("lora_dropout", kDropout, spec.dropout);
  spec.rslora = config.flag("use_rslora", spec.rslora);
  spec.dora = config.flag("use_dora", spec.dora);
  spec.target_modules = config.text_or_list("target_modules", spec.target_modules);
  spec.exclude_modules = config.text_or_list("exclude_modules", spec.exclude_modules);
  spec.layers = read_layers(config);
  spec.rank_pattern = read_patterns<std::int64_t>(
      config, "rank_pattern", [](const JsonObject& ranks, const char* key) { return ranks.integer(key, kRank); });
  spec.alpha_pattern = read_patterns<double>(
      config, "alpha_pattern", [](const JsonObject& alphas, const char* key) { return alphas.number(key, kAlpha); });
  spec.modules_to_save = config.texts("modules_to_save");
  spec.base_model = config.text("base_model_name_or_path", spec.base_model);
  return spec;
}

Json adapter_config_json(const AdapterSpec& spec) {
  return {{"alpha_pattern", patterns_json(spec.alpha_pattern)},
          {"auto_mapping", nullptr},
          {"base_model_name_or_path", spec.base_model.empty() ? Json() : Json(spec.base_model)},
          {"bias", "none"},
          {"corda_config", nullptr},
          {"eva_config", nullptr},
          {"exclude_modules", names_json(spec.exclude_modules)},
          {"fan_in_fan_out", false},
          {"inference_mode", true},
          {"init_lora_weights", true},
          {"layer_replication", nullptr},
          {"layers_pattern", nullptr},
          {"layers_to_transform", nullptr},
          {"loftq_config", Json::object()},
          {"lora_alpha", number_json(spec.alpha)},
          {"lora_bias", false},
          {"lora_dropout", spec.dropout},
          {"megatron_config", nullptr},
          {"megatron_core", "megatron.core"},
          {"modules_to_save", names_json(spec.modules_to_save)},
          {"peft_type", "LORA"},
          {"qalora_group_size", 16},
          {"r", spec.rank},
          {"rank_pattern", patterns_json(spec.rank_pattern)},
          {"revision", nullptr},
          {"target_modules", names_json(spec.target_modules)},
          {"target_parameters", nullptr},
          {"task_type", "CAUSAL_LM"},
          {"trainable_token_indices", nullptr},
          {"use_dora", spec.dora},
          {"use_qalora", false},
          {"use_rslora", spec.rslora}};
}

}  // namespace llama32med
