#include "models/mllama/mllama.h"

namespace llama32med::mllama {
namespace {

ModelFacts facts_of(const Config& c) {
  ModelFacts facts;
  facts.vocabulary = c.text.vocabulary;
  facts.image_token = c.image_token;
  facts.pad_token = c.text.pad_token;
  facts.stop_tokens = c.text.stop_tokens;
  facts.tile_size = c.vision.tile_size;
  facts.max_tiles = c.vision.max_tiles;
  facts.rows_per_tile = c.vision.rows_per_tile();
  facts.max_positions = c.text.max_positions;
  return facts;
}

}  // namespace

Mllama::Mllama(const Config& c, const BackboneOptions& options, std::unique_ptr<ParameterStore> store,
               const Scope& root)
    : store_(std::move(store)),
      target_(root.target()),
      options_(options),
      facts_(facts_of(c)),
      vision_(c.vision, root / "vision_model", options),
      projector_(root.linear("multi_modal_projector", {c.vision.output_width(), c.text.width, Bias::kPresent})),
      text_(c.text, root / "language_model", options) {}

std::vector<TileStates> Mllama::image_states(const std::vector<TileStates>& features) const {
  std::vector<TileStates> states;
  states.reserve(features.size());
  for (const auto& image : features)
    states.push_back({projector_(image.values), image.real_tiles, image.padded_copies});
  return states;
}

std::vector<std::string> Mllama::notices() const {
  if (vision_.padded_slots_are_zero() || options_.tower == Tower::kDense) return {};
  return {
      "padded slots of the tile tables are not zero (a checkpoint fully fine-tuned elsewhere), so padded tiles differ "
      "and all tile slots are computed: the dense tower is used"};
}

std::unique_ptr<Backbone> load(const ModelSource& source, const BackboneOptions& options,
                               const at::TensorOptions& target, const LinearChooser* linears) {
  auto store = std::make_unique<ParameterStore>();
  const Scope root(source.weights, target, *store, linears);
  return std::make_unique<Mllama>(read_mllama_config(source.config, source.where), options, std::move(store), root);
}

}  // namespace llama32med::mllama
