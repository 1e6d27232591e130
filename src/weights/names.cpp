#include "llama32med/weights/names.h"

#include "llama32med/core/error.h"

namespace llama32med {
namespace {

struct Rename {
  std::string_view hub, tree;
};
constexpr std::array kRenames = {
    Rename{"language_model.lm_head", "lm_head"},
    Rename{"language_model.model", "model.language_model"},
    Rename{kVisionModule, "model.vision_model"},
    Rename{kProjectorModule, "model.multi_modal_projector"},
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

Part part_of(const std::string& hub_name) {
  if (is_path_prefix(hub_name, kVisionModule)) return Part::kVision;
  if (is_path_prefix(hub_name, kProjectorModule)) return Part::kProjector;
  if (hub_name.find(".cross_attn") != hub_name.npos) return Part::kCrossAttention;
  if (is_path_prefix(hub_name, "language_model")) return Part::kText;
  throw data_error("\"{}\" belongs to no part of the model: {}, {} or language_model", hub_name, kVisionModule,
                   kProjectorModule);
}

std::string cross_attention_layer(const std::string& hub_name) {
  const auto at = hub_name.find(".cross_attn.");
  return at == hub_name.npos ? "" : hub_name.substr(0, at);
}

}  // namespace llama32med
