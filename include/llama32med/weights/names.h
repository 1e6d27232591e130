// What the names of tensors and modules mean: the one place beside a model's own folder that knows any.
//
// Two eras of names. Files, and this project, use the hub's names; transformers >= 4.52 and adapters written
// under it use the names of its newer module tree (transformers PR #37033):
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

#include "llama32med/core/config_fields.h"

namespace llama32med {

// A name of either era, with or without PEFT's "base_model.model." in front, as the hub's; other names stay.
std::string hub_name(std::string_view name);
// A hub name as the newer tree's; other names stay.
std::string module_tree_name(std::string_view hub_name);

// The parts of a model that are tuned and quantized apart.
enum class Part {
  kVision,          // vision_model.*
  kProjector,       // multi_modal_projector.*
  kCrossAttention,  // *.cross_attn.* and the gates of cross-attention layers (their MLPs are text)
  kText             // the rest of language_model.*
};
constexpr auto names_of(Part) {
  return std::array{Named{"vision", Part::kVision}, Named{"projector", Part::kProjector},
                    Named{"cross_attention", Part::kCrossAttention}, Named{"text", Part::kText}};
}

// Hub names of the modules that are a part as a whole.
inline constexpr const char* kVisionModule = "vision_model";
inline constexpr const char* kProjectorModule = "multi_modal_projector";
// Regular expressions for the end of a module's name, of each part: PEFT's rank_pattern and alpha_pattern.
inline constexpr std::array kPartPatterns = {R"(vision_model\..*)", R"(multi_modal_projector)", R"(cross_attn\..*)",
                                             R"(language_model\..*)"};

// The part of a tensor or module by its hub name. Throws Error{kData} for a name that belongs to none.
Part part_of(const std::string& hub_name);
// The layer that holds a tensor of a cross-attention, "language_model.model.layers.3"; "" for other tensors.
std::string cross_attention_layer(const std::string& hub_name);

}  // namespace llama32med
