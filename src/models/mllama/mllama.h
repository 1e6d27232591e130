// Mllama (Llama 3.2 Vision) as a Backbone: vision encoder, projector, text decoder with cross-attention.
#pragma once
#include "llama32med/models/backbone_kind.h"
#include "models/mllama/mllama_config.h"
#include "models/mllama/text_model.h"
#include "models/mllama/vision_model.h"

namespace llama32med::mllama {

class Mllama final : public Backbone {
 public:
  // `root`: the root of the checkpoint's tensor names; it records parameters in `store`.
  Mllama(const Config& config, const BackboneOptions& options, std::unique_ptr<ParameterStore> store,
         const Scope& root);

  std::vector<ImageStates> vision_features(const ImageBatch& images) const override { return vision_(images); }
  std::vector<ImageStates> image_states(const std::vector<ImageStates>& features) const override;
  ImageMemory image_memory(const std::vector<ImageStates>& states) const override { return text_.image_memory(states); }
  at::Tensor decode(const TextBatch& text, const ImageMemory& memory, KvCache* cache) const override {
    return text_.decode(text, memory, cache);
  }
  DecodedText decode_with(const TextBatch& text, const ImageMemory& memory, const IndexLists& lists) const override {
    return text_.decode_with(text, memory, lists);
  }
  std::unique_ptr<NextTokens> next_tokens(const TextBatch& first, const ImageMemory& memory, KvCache& cache,
                                          std::int64_t steps) const override {
    return text_.next_tokens(first, memory, cache, steps);
  }
  at::Tensor logits(const at::Tensor& hidden) const override { return text_.logits(hidden); }

  KvCache new_cache() const override { return text_.new_cache(); }
  const ModelFacts& facts() const override { return facts_; }
  ParameterStore& parameters() override { return *store_; }
  const at::TensorOptions& target() const override { return target_; }
  std::vector<std::string> notices() const override;

  const VisionModel& vision() const { return vision_; }  // for parity tests of single stages
  const TextModel& text() const { return text_; }

 private:
  std::unique_ptr<ParameterStore> store_;
  at::TensorOptions target_;
  BackboneOptions options_;
  ModelFacts facts_;
  VisionModel vision_;
  Linear projector_;
  TextModel text_;
};

// Mllama's entry in the table of backbones.
BackboneKind kind();

}  // namespace llama32med::mllama
