#include "llama32med/weights/names.h"

#include <array>

namespace llama32med {
namespace {

struct Rename {
  std::string_view hub, tree;
};
constexpr std::array kRenames = {
    Rename{"language_model.lm_head", "lm_head"},
    Rename{"language_model.model", "model.language_model"},
    Rename{"vision_model", "model.vision_model"},
    Rename{"multi_modal_projector", "model.multi_modal_projector"},
};
constexpr std::string_view kPeftPrefix = "base_model.model.";

// `prefix` is a whole path at the front of `name`: "a.b" of "a.b.c", not of "a.bc".
bool is_path_prefix(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) && (name.size() == prefix.size() || name[prefix.size()] == '.');
}

std::string replace_prefix(std::string_view name, std::string_view prefix, std::string_view by) {
  return std::string(by).append(name.substr(prefix.size()));
}

}  // namespace

std::string hub_name(std::string_view name) {
  if (name.starts_with(kPeftPrefix)) name.remove_prefix(kPeftPrefix.size());
  for (const auto& [hub, tree] : kRenames)
    if (is_path_prefix(name, tree)) return replace_prefix(name, tree, hub);
  return std::string(name);
}

std::string module_tree_name(std::string_view hub_name) {
  for (const auto& [hub, tree] : kRenames)
    if (is_path_prefix(hub_name, hub)) return replace_prefix(hub_name, hub, tree);
  return std::string(hub_name);
}

}  // namespace llama32med
