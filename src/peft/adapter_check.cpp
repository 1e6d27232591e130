#include "llama32med/peft/adapter_check.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "llama32med/core/error.h"
#include "llama32med/core/id_list.h"
#include "peft/name_pattern.h"

namespace llama32med {
namespace {

constexpr const char* kConfig = "adapter_config.json";

std::optional<std::int64_t> number_in(const std::string& digits) {
  std::int64_t number = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, number);
  return stop == end && problem == std::errc() ? std::optional(number) : std::nullopt;
}

// Selects modules by the rules of PEFT for the names that an adapter's file uses: names of the other convention, which
// PEFT never saw when the adapter was trained, must not match.
class PromisedModules {
 public:
  PromisedModules(const AdapterFolder& folder, const ModelNames& names)
      : names_(&names),
        in_tree_(folder.naming() == Naming::kTree),
        same_({}, {}, in_tree_ ? names.module_tree_name(names.output_head()) : names.output_head()),
        spec_(&folder.spec()),
        config_(folder.where() + "/" + kConfig),
        targets_(spec_->target_modules, spec_->exclude_modules, same_, config_) {
    auto patterns = spec_->layers.patterns;
    if (patterns.empty()) patterns.emplace_back("[^.]*");
    for (const auto& pattern : patterns)
      lists_of_layers_.emplace_back(pattern, PatternUse::kLayerList, PatternOrigin{"layers_pattern", config_});
  }

  bool operator()(const std::string& module) const {
    const auto name = in_tree_ ? names_->module_tree_name(module) : module;
    return targets_(name) && is_in_layers(name) && !is_saved(module, spec_->modules_to_save, *names_);
  }

 private:
  // PEFT looks for layers only if target_modules is a list, and takes a module that is listed by its full name anyway.
  bool is_in_layers(const std::string& name) const {
    const auto* list = std::get_if<std::vector<std::string>>(&spec_->target_modules);
    if (!list || spec_->layers.indices.empty() || std::ranges::find(*list, name) != list->end()) return true;
    const auto layer = layer_of(name);
    return layer && std::ranges::find(spec_->layers.indices, *layer) != spec_->layers.indices.end();
  }

  // PEFT takes group 1 of the first pattern that matches.
  std::optional<std::int64_t> layer_of(const std::string& name) const {
    for (const auto& list : lists_of_layers_) {
      if (!list.matches(name)) continue;
      const auto digits = list.first_group(name).value_or("");
      if (const auto layer = number_in(digits)) return layer;
      throw data_error(
          "{}: layers_pattern: group 1 is \"{}\" on the name \"{}\", not the number of a layer; write (?:..) for "
          "groups of your own",
          config_, digits, name);
    }
    return std::nullopt;
  }

  const ModelNames* names_;
  bool in_tree_;
  ModelNames same_;  // no renames: one convention only
  const AdapterSpec* spec_;
  std::string config_;  // adapter_config.json with its path
  TargetModules targets_;
  std::vector<NamePattern> lists_of_layers_;
};

}  // namespace

void refuse_unused(const AdapterFolder& folder, const ParameterStore& store) {
  std::set<std::string> taken;
  for (const auto& parameter : store.all()) taken.insert(parameter.name);
  std::vector<std::string> unused;
  for (const auto& name : folder.names())
    if (!taken.contains(name)) unused.push_back(name);
  if (unused.empty()) return;
  throw data_error("{}: tensor \"{}\"{} does not match any module of this model; is the adapter for another model?",
                   folder.where(), unused.front(),
                   unused.size() > 1 ? fmt::format(" (the first of {})", unused.size()) : std::string());
}

void refuse_missing(const AdapterFolder& folder, const std::set<std::string>& linears, const ParameterStore& store) {
  const PromisedModules promised(folder, store.names());
  std::vector<std::string> missing;
  for (const auto& module : linears)
    if (!folder.modules().contains(module) && promised(module)) missing.push_back(module);
  for (const auto& parameter : store.all())
    if (parameter.kind != ParameterKind::kAdapter && !folder.has(parameter.name) &&
        is_saved(parameter.name.substr(0, parameter.name.rfind('.')), folder.spec().modules_to_save, store.names()))
      missing.push_back(parameter.name);
  if (missing.empty()) return;
  throw data_error(
      "{}: is incomplete: of what its adapter_config.json selects, {} missing in its weights: {}; were they lost while "
      "saving? If it was trained like this, restrict target_modules to what the file holds",
      folder.where(), missing.size() == 1 ? "1 part is" : fmt::format("{} parts are", missing.size()),
      first_three(missing));
}

}  // namespace llama32med
