#include "llama32med/peft/tune_config.h"

namespace llama32med {

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
