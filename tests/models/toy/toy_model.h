// The toy model as a Backbone: vision encoder and projector; toy_text does the rest.
#pragma once
#include "llama32med/batch/pixels.h"
#include "models/toy/toy_text.h"

namespace llama32med::toy {

class ToyModel final : public Backbone {
 public:
  // `root`: the root of the checkpoint's tensor names; it records parameters in `store`.
  ToyModel(const Config& config, const BackboneOptions& options, std::unique_ptr<ParameterStore> store,
           const Scope& root);

  std::vector<ImageStates> vision_features(const ImageBatch& images) const override;
  std::vector<ImageStates> image_states(const std::vector<ImageStates>& features) const override;
  ImageMemory image_memory(const std::vector<ImageStates>& states) const override;
  at::Tensor decode(const TextBatch& text, const ImageMemory& memory, KvCache* cache) const override {
    return text_.decode(text, memory, cache);
  }
  at::Tensor logits(const at::Tensor& hidden) const override { return text_.logits(hidden); }

  KvCache new_cache() const override { return text_.new_cache(); }
  const ModelFacts& facts() const override { return facts_; }
  ParameterStore& parameters() override { return *store_; }
  const at::TensorOptions& target() const override { return target_; }
  std::vector<std::string> notices() const override { return {}; }

 private:
  std::unique_ptr<ParameterStore> store_;
  at::TensorOptions target_;
  PixelNormalizer pixels_;
  std::int64_t patch_size_;
  ModelFacts facts_;
  Linear patch_projection_;
  RmsNorm vision_norm_;
  Linear projector_;
  ToyText text_;
};

}  // namespace llama32med::toy
