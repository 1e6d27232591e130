#include "models/mllama/mllama.h"

#include "llama32med/core/error.h"
#include "llama32med/image/mllama_image_processor.h"
#include "llama32med/text/llama3_chat.h"
#include "models/mllama/checkpoint_tensors.h"
#include "models/mllama/cost.h"
#include "models/mllama/mllama_weights.h"
#include "models/mllama/names.h"
#include "models/mllama/presets.h"
#include "models/mllama/side_files.h"

namespace llama32med::mllama {
namespace {

ModelFacts facts_of(const Config& c) {
  ModelFacts facts;
  facts.vocabulary = c.text.vocab_size;
  facts.embedding_rows = c.text.embeddings();
  facts.image_token = c.image_token_index;
  facts.pad_token = c.text.pad_token_id;
  facts.stop_tokens = c.text.eos_token_id;
  facts.max_positions = c.text.max_position_embeddings;
  return facts;
}

class Outline final : public ModelOutline {
 public:
  explicit Outline(Config config) : config_(std::move(config)) {}

  std::int64_t vocab_size() const override { return config_.text.vocab_size; }
  std::vector<NamedShape> tensors() const override { return checkpoint_tensors(config_); }
  ModelCost cost(const CostQuery& query) const override { return cost_of(config_, query); }
  Processor processor(const std::filesystem::path& folder, const ImageProcessorConfig& images) const override {
    const auto& vision = config_.vision;
    TileSettings tiles{.tile_size = vision.image_size, .max_tiles = vision.max_num_tiles};
    if (!folder.empty()) tiles = read_preprocessor_config(folder);
    if (tiles.tile_size != vision.image_size || tiles.max_tiles != vision.max_num_tiles)
      throw data_error("{} makes {} tiles of {} pixels, but config.json expects {} of {}",
                       image_processor_file(folder).string(), tiles.max_tiles, tiles.tile_size, vision.max_num_tiles,
                       vision.image_size);
    return {std::make_shared<MllamaImageProcessor>(tiles, images), std::make_shared<Llama3Chat>()};
  }
  std::unique_ptr<WeightSource> random_weights(const RandomOptions& options) const override {
    return std::make_unique<MllamaWeights>(config_, options);
  }
  std::unique_ptr<Backbone> build(const WeightSource& weights, const BackboneOptions& options,
                                  const at::TensorOptions& target, const LinearChooser* linears) const override {
    auto store = std::make_unique<ParameterStore>(names());
    const Scope root(weights, target, *store, linears);
    return std::make_unique<Mllama>(config_, options, std::move(store), root);
  }

 private:
  Config config_;
};

}  // namespace

Mllama::Mllama(const Config& c, const BackboneOptions& options, std::unique_ptr<ParameterStore> store,
               const Scope& root)
    : store_(std::move(store)),
      target_(root.target()),
      options_(options),
      facts_(facts_of(c)),
      vision_(c.vision, root / "vision_model", options),
      projector_(
          root.linear("multi_modal_projector", {c.vision.vision_output_dim(), c.text.hidden_size, Bias::kPresent})),
      text_(c.text, root / "language_model", options) {}

std::vector<ImageStates> Mllama::image_states(const std::vector<ImageStates>& features) const {
  auto states = features;
  for (auto& image : states) image.values = projector_(image.values);
  return states;
}

std::vector<std::string> Mllama::notices() const {
  if (vision_.padded_slots_are_zero() || options_.tower == Tower::kDense) return {};
  return {
      "padded slots of the tile tables are not zero (a checkpoint that was fully fine-tuned elsewhere), so padded "
      "tiles differ and all tile slots are computed: the dense tower is used"};
}

BackboneKind kind() {
  return {.model_type = "mllama",
          .read = [](const Json& config, const std::string& where) -> std::unique_ptr<ModelOutline> {
            return std::make_unique<Outline>(read_mllama_config(config, where));
          },
          .names = &names(),
          .presets = presets(),
          .side_files = make_side_files};
}

}  // namespace llama32med::mllama
