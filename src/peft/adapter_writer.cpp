#include <algorithm>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/peft/adapter_chooser.h"
#include "llama32med/peft/adapter_folder.h"

namespace llama32med {
namespace {

using Names = std::set<std::string>;

constexpr std::string_view kFactorA = ".lora_A.weight";

// "X.weight", not the tables that belong to it.
bool is_packed_weight(const Parameter& parameter) {
  return parameter.kind == ParameterKind::kPacked && parameter.name.ends_with(".weight");
}

// Hub names of the modules that directly own a tensor.
Names all_modules(const ParameterStore& store) {
  Names modules;
  for (const auto& parameter : store.all())
    if (parameter.kind == ParameterKind::kBase || is_packed_weight(parameter))
      modules.insert(parameter.name.substr(0, parameter.name.rfind('.')));
  return modules;
}

Names adapted_modules(const ParameterStore& store) {
  Names modules;
  for (const auto& [name, value, kind] : store.all())
    if (kind == ParameterKind::kAdapter && name.ends_with(kFactorA))
      modules.insert(name.substr(0, name.size() - kFactorA.size()));
  return modules;
}

bool is_or_ends_with(const std::string& name, const std::string& end) {
  return name == end || name.ends_with("." + end);
}

// The shortest ending of a module's name that is the same in both naming conventions and matches only `wanted` modules
// among `all`; otherwise the whole name in the newer tree, `tree`.
std::string shortest_ending(const std::string& module, const std::string& tree, const Names& wanted, const Names& all) {
  for (auto dot = module.rfind('.');; dot = module.rfind('.', dot - 1)) {
    const auto end = dot == module.npos ? module : module.substr(dot + 1);
    const bool exact = std::ranges::all_of(
        all, [&](const auto& other) { return !is_or_ends_with(other, end) || wanted.contains(other); });
    const bool is_path = end[0] < '0' || end[0] > '9';  // "layers.3.x" rather than "3.x"
    if (exact && is_path && is_or_ends_with(tree, end)) return end;
    if (dot == module.npos || dot == 0) return tree;
  }
}

std::vector<std::string> target_list(const ModelNames& names, const Names& wanted, const Names& all) {
  Names targets;
  for (const auto& module : wanted)
    targets.insert(shortest_ending(module, names.module_tree_name(module), wanted, all));
  return {targets.begin(), targets.end()};
}

// Patterns that give every module its value; modules with the `common` value need none. All modules that match a
// pattern have its value, so the order does not matter (PEFT sorts them when it saves). Whole parts are tried first, so
// that a rank for a tower is one line in the config instead of one per linear layer.
template <class Value>
NamePatterns<Value> patterns_for(const ModelNames& names, const std::map<std::string, Value>& values, Value common) {
  std::map<Value, Names> by_value;
  Names all;
  for (const auto& [module, value] : values) all.insert(module), by_value[value].insert(module);
  NamePatterns<Value> patterns;
  for (const auto& [value, modules] : by_value) {
    if (value == common) continue;
    auto rest = modules;
    for (const auto& [part, root, pattern] : names.parts()) {
      const auto fits = pattern_test(pattern, names, {"part"});
      const bool exact = std::ranges::all_of(all, [&](const auto& m) { return !fits(m) || modules.contains(m); });
      if (exact && std::erase_if(rest, fits) > 0) patterns.emplace_back(pattern, value);
    }
    for (const auto& end : target_list(names, rest, all)) patterns.emplace_back(end, value);
  }
  return patterns;
}

// Whole layers with cross-attention: PEFT saves modules, and the gates of these layers are not modules.
Names cross_layers(const ParameterStore& store) {
  Names layers;
  const auto* rule = store.names().rule(Part::kCrossAttention);
  if (!rule) return layers;
  for (const auto& parameter : store.all())
    if (const auto at = parameter.name.find(rule->root + "."); at != parameter.name.npos)
      layers.insert(store.names().module_tree_name(parameter.name.substr(0, at)));
  return layers;
}

Names saved_modules(const TuneConfig& tune, const ParameterStore& store) {
  if (tune.text.train == PartTraining::kFull)
    throw usage_error(
        "tune.text.train full: a fully trained text decoder is a checkpoint and cannot be saved as an adapter");
  Names saved;
  if (tune.cross_attention.train == PartTraining::kFull) {
    if (tune.text.train == PartTraining::kAdapter)
      throw usage_error(
          "tune.cross_attention.train full with adapters in the text: PEFT's format cannot store both in one layer; "
          "freeze the text or train cross_attention with adapters");
    saved = cross_layers(store);
  }
  for (const auto part : {Part::kVision, Part::kProjector})
    if (const auto* rule = store.names().rule(part); rule && tune.part(part).train == PartTraining::kFull)
      saved.insert(rule->root);
  return saved;
}

// Full names in a spec follow the newer tree; shorter ones are the same in both.
AdapterSpec spec_in(AdapterLayout layout, const ModelNames& names, AdapterSpec spec) {
  if (layout == AdapterLayout::kNew) return spec;
  const auto rename = [&](std::string& name) { name = names.hub_name(name); };
  for (auto* modules : {&spec.target_modules, &spec.exclude_modules})
    if (auto* list = std::get_if<std::vector<std::string>>(modules)) std::ranges::for_each(*list, rename);
  for (auto& [pattern, value] : spec.rank_pattern) rename(pattern);
  for (auto& [pattern, value] : spec.alpha_pattern) rename(pattern);
  std::ranges::for_each(spec.modules_to_save, rename);
  return spec;
}

}  // namespace

AdapterSpec spec_of(const TuneConfig& tune, const ParameterStore& store, const std::string& base_model,
                    const AdapterFolder* before) {
  AdapterSpec spec;
  spec.rank = tune.rank, spec.alpha = tune.alpha, spec.dropout = tune.dropout;
  spec.rslora = tune.rslora, spec.dora = tune.dora;
  spec.base_model = base_model;
  auto saved = saved_modules(tune, store);
  if (before) saved.insert(before->spec().modules_to_save.begin(), before->spec().modules_to_save.end());
  spec.modules_to_save = {saved.begin(), saved.end()};

  const auto& names = store.names();
  const auto modules = adapted_modules(store);
  const TunedAdapters tuned(tune, names);
  std::map<std::string, std::int64_t> ranks;
  std::map<std::string, double> alphas;
  for (const auto& module : modules) {
    const auto adapter = tuned.of(module);
    ranks[module] = adapter.rank, alphas[module] = adapter.alpha;
  }
  spec.target_modules = target_list(names, modules, all_modules(store));
  spec.rank_pattern = patterns_for(names, ranks, spec.rank);
  spec.alpha_pattern = patterns_for(names, alphas, spec.alpha);
  return spec;
}

void write_adapter(const std::filesystem::path& folder, const ParameterStore& store, const AdapterSpec& spec,
                   const AdapterWriting& writing) {
  const bool is_new = writing.layout == AdapterLayout::kNew;
  const auto& names = store.names();
  std::map<std::string, at::Tensor> tensors;
  for (const auto& parameter : store.all())
    if (parameter.kind == ParameterKind::kAdapter || is_saved(parameter.name, spec.modules_to_save, names))
      tensors["base_model.model." + (is_new ? names.module_tree_name(parameter.name) : parameter.name)] =
          writing.value(parameter);
  if (tensors.empty()) throw std::logic_error("no adapter to write to " + folder.string());
  write_safetensors(folder / "adapter_model.safetensors", tensors, {{"format", "pt"}});
  write_json(folder / "adapter_config.json", adapter_config_json(spec_in(writing.layout, names, spec)));
}

}  // namespace llama32med
