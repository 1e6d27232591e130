#include "llama32med/peft/adapter_spec.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

// Kinds of initialization that change the base weights as well: the adapter alone is not the model.
constexpr std::array kBaseChangingInits = {"pissa", "olora", "corda", "loftq"};

struct Unsupported {
  const char* key;
  const char* what;
};
// Keys that must be absent, null, false or empty: anything else computes other numbers.
constexpr std::array kUnsupported = {
    Unsupported{"fan_in_fan_out", "transposed weights"},
    Unsupported{"layer_replication", "replicated layers"},
    Unsupported{"lora_bias", "a bias of B"},
    Unsupported{"trainable_token_indices", "trained rows of the embedding"},
    Unsupported{"target_parameters", "adapters of plain parameters"},
    Unsupported{"use_qalora", "QA-LoRA"},
    Unsupported{"megatron_config", "Megatron layers"},
    Unsupported{"alora_invocation_tokens", "activated LoRA"},
    Unsupported{"arrow_config", "Arrow routing"},
    Unsupported{"use_bdlora", "block-diagonal LoRA"},
};

bool is_off(const Json& value) {
  return value.is_null() || value == Json(false) || (value.empty() && !value.is_primitive());
}

class SpecReader {
 public:
  SpecReader(const Json& json, const std::string& where) : json_(json), where_(where) {}

  void refuse_unsupported() const {
    if (const auto* type = find("peft_type"); type && *type != "LORA")
      throw data_error("{}: \"peft_type\" is {}; only LORA adapters are read", where_, type->dump());
    if (const auto* bias = find("bias"); bias && *bias != "none")
      throw data_error("{}: \"bias\" is {}; trained biases are not supported, only \"none\"", where_, bias->dump());
    for (const auto& [key, what] : kUnsupported)
      if (const auto* value = find(key); value && !is_off(*value))
        throw data_error("{}: \"{}\" is {}; {} are not supported", where_, key, value->dump(), what);
    const auto* init = find("init_lora_weights");
    if (!init || !init->is_string()) return;
    const auto name = ascii_lower(init->get<std::string>());
    for (const auto* changing : kBaseChangingInits)
      if (name.starts_with(changing))
        throw data_error(
            "{}: \"init_lora_weights\" is {}, which changes the base weights too; convert it with PEFT's "
            "save_pretrained(path_initial_model_for_weight_conversion=..)",
            where_, init->dump());
  }

  void number(const char* key, double& value) const {
    if (const auto* found = find(key)) value = number_of(*found, key);
  }
  void count(const char* key, std::int64_t& value) const {
    if (const auto* found = find(key)) value = count_of(*found, key);
  }
  void flag(const char* key, bool& value) const {
    const auto* found = find(key);
    if (found && !found->is_boolean()) throw wrong(key, *found, "true or false");
    if (found) value = found->get<bool>();
  }
  void text(const char* key, std::string& value) const {
    const auto* found = find(key);
    if (found && !found->is_string()) throw wrong(key, *found, "a text");
    if (found) value = found->get<std::string>();
  }
  void list(const char* key, std::vector<std::string>& value) const {
    if (const auto* found = find(key)) value = list_of(*found, key);
  }
  void text_or_list(const char* key, TextOrList& value) const {
    const auto* found = find(key);
    if (!found) return;
    if (found->is_string())
      value = found->get<std::string>();
    else
      value = list_of(*found, key);
  }
  void patterns(const char* key, NamePatterns<std::int64_t>& value) const {
    for (const auto& [pattern, number] : object(key).items()) value.emplace_back(pattern, count_of(number, key));
  }
  void patterns(const char* key, NamePatterns<double>& value) const {
    for (const auto& [pattern, number] : object(key).items()) value.emplace_back(pattern, number_of(number, key));
  }

 private:
  const Json* find(const char* key) const {
    const auto found = json_.find(key);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }
  Error wrong(const char* key, const Json& value, const char* wanted) const {
    return data_error("{}: \"{}\" must be {}, not {}", where_, key, wanted, value.dump());
  }
  double number_of(const Json& value, const char* key) const {
    if (!value.is_number()) throw wrong(key, value, "a number");
    return value.get<double>();
  }
  std::int64_t count_of(const Json& value, const char* key) const {
    if (!value.is_number_integer() || value.get<std::int64_t>() < 1) throw wrong(key, value, "a whole number from 1");
    return value.get<std::int64_t>();
  }
  std::vector<std::string> list_of(const Json& value, const char* key) const {
    if (!value.is_array() || !std::ranges::all_of(value, [](const Json& item) { return item.is_string(); }))
      throw wrong(key, value, "a list of texts");
    return value.get<std::vector<std::string>>();
  }
  const Json& object(const char* key) const {
    static const Json kEmpty = Json::object();
    const auto* found = find(key);
    if (found && !found->is_object()) throw wrong(key, *found, "an object {..}");
    return found ? *found : kEmpty;
  }

  const Json& json_;
  const std::string& where_;
};

Json number_json(double value) {  // 16, not 16.0, as people write it
  if (value == std::floor(value) && std::abs(value) < 1e15) return static_cast<std::int64_t>(value);
  return value;
}

Json names_json(const TextOrList& names) {  // null where there are none
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
  if (!json.is_object()) throw data_error("{}: an adapter's config is an object {{..}}", where);
  const SpecReader reader(json, where);
  reader.refuse_unsupported();
  AdapterSpec spec;
  reader.count("r", spec.rank);
  reader.number("lora_alpha", spec.alpha);
  reader.number("lora_dropout", spec.dropout);
  reader.flag("use_rslora", spec.rslora);
  reader.flag("use_dora", spec.dora);
  reader.text_or_list("target_modules", spec.target_modules);
  reader.text_or_list("exclude_modules", spec.exclude_modules);
  reader.patterns("rank_pattern", spec.rank_pattern);
  reader.patterns("alpha_pattern", spec.alpha_pattern);
  reader.list("modules_to_save", spec.modules_to_save);
  reader.text("base_model_name_or_path", spec.base_model);
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
