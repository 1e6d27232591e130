#include "models/mllama/mllama.h"

#include "llama32med/core/error.h"
#include "llama32med/image/mllama_image_processor.h"
#include "llama32med/text/llama3_chat.h"
#include "models/mllama/names.h"

namespace llama32med::mllama {
namespace {

ModelFacts facts_of(const Config& c) {
  ModelFacts facts;
  facts.vocabulary = c.text.vocabulary;
  facts.image_token = c.image_token;
  facts.pad_token = c.text.pad_token;
  facts.stop_tokens = c.text.stop_tokens;
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

std::vector<ImageStates> Mllama::image_states(const std::vector<ImageStates>& features) const {
  auto states = features;
  for (auto& image : states) image.values = projector_(image.values);
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
  auto store = std::make_unique<ParameterStore>(names());
  const Scope root(source.weights, target, *store, linears);
  return std::make_unique<Mllama>(read_mllama_config(source.config, source.where), options, std::move(store), root);
}

Processor processor(const std::filesystem::path& folder, const ImageProcessorConfig& images) {
  const auto where = folder / "config.json";
  const auto vision = read_mllama_config(read_json(where), where.string()).vision;
  const auto tiles = read_preprocessor_config(folder);
  if (tiles.tile_size != vision.tile_size || tiles.max_tiles != vision.max_tiles)
    throw data_error("preprocessor_config.json makes {} tiles of {} pixels, config.json takes {} of {}",
                     tiles.max_tiles, tiles.tile_size, vision.max_tiles, vision.tile_size);
  return {std::make_shared<MllamaImageProcessor>(tiles, images), std::make_shared<Llama3Chat>()};
}

}  // namespace llama32med::mllama
