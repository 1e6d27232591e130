#include "llama32med/weights/names.h"

#include <algorithm>

#include "llama32med/core/error.h"

namespace llama32med {
namespace {

constexpr std::string_view kPeftPrefix = "base_model.model.";

// `prefix` consists of whole components of `name`: "a.b" is a path prefix of "a.b.c" but not of "a.bc".
bool is_path_prefix(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) && (name.size() == prefix.size() || name[prefix.size()] == '.');
}

std::string replace_prefix(std::string_view name, std::string_view prefix, std::string_view by) {
  return std::string(by).append(name.substr(prefix.size()));
}

bool fits(const ModelNames::PartRule& rule, std::string_view name) {
  return rule.root.starts_with('.') ? name.find(rule.root) != name.npos : is_path_prefix(name, rule.root);
}

}  // namespace

ModelNames::ModelNames(std::vector<Rename> renames, std::vector<PartRule> parts, std::string output_head)
    : renames_(std::move(renames)), parts_(std::move(parts)), output_head_(std::move(output_head)) {}

std::string ModelNames::hub_name(std::string_view name) const {
  if (name.starts_with(kPeftPrefix)) name.remove_prefix(kPeftPrefix.size());
  for (const auto& [hub, tree] : renames_)
    if (is_path_prefix(name, tree)) return replace_prefix(name, tree, hub);
  return std::string(name);
}

std::string ModelNames::module_tree_name(std::string_view hub_name) const {
  for (const auto& [hub, tree] : renames_)
    if (is_path_prefix(hub_name, hub)) return replace_prefix(hub_name, hub, tree);
  return std::string(hub_name);
}

Part ModelNames::part_of(std::string_view hub_name) const {
  for (const auto& rule : parts_)
    if (fits(rule, hub_name)) return rule.part;
  std::vector<std::string> roots;
  for (const auto& rule : parts_) roots.push_back(rule.root);
  throw data_error("\"{}\" does not belong to any part of the model: {}", hub_name, join(roots, ", "));
}

const ModelNames::PartRule* ModelNames::rule(Part part) const {
  const auto found = std::ranges::find(parts_, part, &PartRule::part);
  return found == parts_.end() ? nullptr : &*found;
}

}  // namespace llama32med
