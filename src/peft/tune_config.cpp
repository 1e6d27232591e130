#include "llama32med/peft/tune_config.h"

namespace llama32med {

Part part_of(const std::string& hub_name) {
  if (hub_name.starts_with("vision_model.")) return Part::kVision;
  if (hub_name.starts_with("multi_modal_projector")) return Part::kProjector;
  if (hub_name.find(".cross_attn") != hub_name.npos) return Part::kCrossAttention;
  if (hub_name.starts_with("language_model.")) return Part::kText;
  throw data_error("\"{}\" belongs to no part of the model: vision_model, multi_modal_projector or language_model",
                   hub_name);
}

const PartConfig& TuneConfig::part(Part part) const {
  switch (part) {
    case Part::kVision:
      return vision;
    case Part::kProjector:
      return projector;
    case Part::kCrossAttention:
      return cross_attention;
    case Part::kText:
      break;
  }
  return text;
}

}  // namespace llama32med
