#include "llama32med/peft/adapter_check.h"

#include <algorithm>
#include <optional>
#include <regex>

#include "llama32med/core/error.h"
#include "llama32med/core/id_list.h"

namespace llama32med {
namespace {

std::regex layers_regex(const std::string& pattern, const std::string& where) {
  try {
    return std::regex("^.*\\." + pattern + "\\.(\\d+)\\.");
  } catch (const std::regex_error& error) {
    throw data_error("{}: layers_pattern \"{}\" is not a valid regular expression ({})", where, pattern, error.what());
  }
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
        targets_(spec_->target_modules, spec_->exclude_modules, same_) {
    auto patterns = spec_->layers.patterns;
    if (patterns.empty()) patterns.emplace_back("[^.]*");
    for (const auto& pattern : patterns) lists_of_layers_.push_back(layers_regex(pattern, folder.where()));
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

  std::optional<std::int64_t> layer_of(const std::string& name) const {
    std::smatch match;
    for (const auto& lists : lists_of_layers_)
      if (std::regex_search(name, match, lists)) return std::stoll(match[match.size() - 1]);
    return std::nullopt;
  }

  const ModelNames* names_;
  bool in_tree_;
  ModelNames same_;  // no renames: one convention only
  const AdapterSpec* spec_;
  TargetModules targets_;
  std::vector<std::regex> lists_of_layers_;  // each ends with the number of a layer
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
