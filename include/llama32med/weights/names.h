// Two eras of tensor names. Files, and this project, use the hub's names; transformers >= 4.52 and adapters written
// under it use the names of its newer module tree (transformers PR #37033):
//
//   hub (on disk)                      newer module tree
//   language_model.lm_head.*           lm_head.*
//   language_model.model.*             model.language_model.*
//   vision_model.*                     model.vision_model.*
//   multi_modal_projector.*            model.multi_modal_projector.*
#pragma once
#include <string>
#include <string_view>

namespace llama32med {

// A name of either era, with or without PEFT's "base_model.model." in front, as the hub's; other names stay.
std::string hub_name(std::string_view name);
// A hub name as the newer tree's; other names stay.
std::string module_tree_name(std::string_view hub_name);

}  // namespace llama32med
