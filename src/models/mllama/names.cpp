#include "models/mllama/names.h"

namespace llama32med::mllama {

const ModelNames& names() {
  static const ModelNames kNames(
      {{"language_model.lm_head", "lm_head"},
       {"language_model.model", "model.language_model"},
       {"vision_model", "model.vision_model"},
       {"multi_modal_projector", "model.multi_modal_projector"}},
      {{Part::kVision, "vision_model", R"(vision_model\..*)"},
       {Part::kProjector, "multi_modal_projector", R"(multi_modal_projector)"},
       {Part::kCrossAttention, ".cross_attn", R"(cross_attn\..*)"},  // includes the gates of these layers
       {Part::kText, "language_model", R"(language_model\..*)"}},
      "language_model.lm_head");
  return kNames;
}

}  // namespace llama32med::mllama
