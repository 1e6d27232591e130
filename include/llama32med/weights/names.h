// Tensor names of a model: its two naming conventions, and the parts of the model. Each backbone defines its own.
//
// Files and this project use the hub's names; transformers >= 4.52 and adapters written by it use the names of the
// newer module tree (transformers PR #37033). For Llama 3.2 Vision:
//
//   hub (on disk)                      newer module tree
//   language_model.lm_head.*           lm_head.*
//   language_model.model.*             model.language_model.*
//   vision_model.*                     model.vision_model.*
//   multi_modal_projector.*            model.multi_modal_projector.*
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "llama32med/core/config_fields.h"

namespace llama32med {

enum class Part {
  kVision,
  kProjector,
  kCrossAttention,  // if the model has it; the MLPs of these layers belong to kText
  kText
};
constexpr auto names_of(Part) {
  return std::array{Named{"vision", Part::kVision}, Named{"projector", Part::kProjector},
                    Named{"cross_attention", Part::kCrossAttention}, Named{"text", Part::kText}};
}

class ModelNames {
 public:
  struct Rename {  // replaces a path prefix
    std::string hub, tree;
  };
  struct PartRule {
    Part part;
    std::string root;     // a path prefix, or ".name" for a submodule anywhere in the model
    std::string pattern;  // regular expression for the end of its module names, for PEFT's rank_pattern
  };

  // No renames and no parts: names are used unchanged.
  ModelNames() = default;
  // The first matching rule decides. output_head: the linear layer that PEFT's "all-linear" excludes.
  ModelNames(std::vector<Rename> renames, std::vector<PartRule> parts, std::string output_head);

  // Converts a name of either convention, with or without PEFT's prefix "base_model.model."; keeps other names.
  std::string hub_name(std::string_view name) const;
  // Converts a hub name to the newer module tree; keeps other names.
  std::string module_tree_name(std::string_view hub_name) const;

  // The part of a tensor or module, given its hub name. Throws Error{kData} if no part matches.
  Part part_of(std::string_view hub_name) const;
  const std::vector<PartRule>& parts() const { return parts_; }
  const PartRule* rule(Part part) const;  // null if the model has no such part
  const std::string& output_head() const { return output_head_; }

 private:
  std::vector<Rename> renames_;
  std::vector<PartRule> parts_;
  std::string output_head_;
};

}  // namespace llama32med
