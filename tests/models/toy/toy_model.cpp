#include "models/toy/toy_model.h"

namespace llama32med::toy {
namespace {

ModelFacts facts_of(const Config& c) {
  return {.vocabulary = c.vocab_size,
          .embedding_rows = c.vocab_size,
          .image_token = c.image_token_id,
          .pad_token = c.pad_token_id,
          .stop_tokens = c.eos_token_id,
          .never_sampled = {c.image_token_id},
          .max_positions = c.max_position_embeddings};
}

// [3, h p, w p] -> [h w, 3 p p]: one row per patch, in row-major order.
at::Tensor patches_of(const at::Tensor& pixels, std::int64_t patch) {
  return pixels.unfold(1, patch, patch).unfold(2, patch, patch).permute({1, 2, 0, 3, 4}).flatten(2).flatten(0, 1);
}

}  // namespace

ToyModel::ToyModel(const Config& c, const BackboneOptions& options, std::unique_ptr<ParameterStore> store,
                   const Scope& root)
    : store_(std::move(store)),
      target_(root.target()),
      pixels_(root.target()),
      patch_size_(c.patch_size),
      facts_(facts_of(c)),
      patch_projection_((root / "vision_tower").linear("patch_projection", {c.patch_values(), c.vision_hidden_size})),
      vision_norm_(root / "vision_tower" / "layernorm", c.vision_hidden_size, c.rms_norm_eps),
      projector_(root.linear("multi_modal_projector", {c.vision_hidden_size, c.hidden_size, Bias::kPresent})),
      text_(c, root / "language_model", options.text_activations) {}

std::vector<ImageStates> ToyModel::vision_features(const ImageBatch& images) const {
  std::vector<ImageStates> features;
  for (const auto& image : images)
    features.push_back({.values = vision_norm_(patch_projection_(patches_of(pixels_({image})[0], patch_size_))),
                        .extent = image.extent});
  return features;
}

std::vector<ImageStates> ToyModel::image_states(const std::vector<ImageStates>& features) const {
  auto states = features;
  for (auto& image : states) image.values = projector_(image.values);  // [tokens, D]
  return states;
}

ImageMemory ToyModel::image_memory(const std::vector<ImageStates>& states) const {
  ImageMemory memory;
  auto layout = std::make_shared<ToyLayout>();
  for (const auto& image : states) {
    memory.tensors.push_back(image.values);
    memory.tokens.push_back(image.extent.tokens);
    layout->grids.push_back(image.extent.grid);
  }
  memory.layout = std::move(layout);
  return memory;
}

}  // namespace llama32med::toy
