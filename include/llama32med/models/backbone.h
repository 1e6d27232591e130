// The interface through which the trainer, the generator and the predictor use a vision-language model. It covers
// models whose text attends to images by cross-attention (Mllama) and models that insert images into the token sequence
// (early fusion).
//
// Letters: B rows, L tokens, D hidden_size of the text model, V vocab_size. Once per image:
//
//                       Mllama                              early fusion
//   vision_features     [n tiles, P patches, features]      [patches, features]         output of the vision encoder
//   image_states        [n, P, D]                           [tokens, D]                 output of the projector
//   image_memory        keys and values of each             the image states            all images of a batch
//                       cross-attention layer
//
// Then, for each batch of text:
//
//   text + memory -> decode [B, L, D] -> logits of the selected rows [.., V]
#pragma once
#include <ATen/core/Tensor.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "llama32med/batch/batch.h"
#include "llama32med/core/config_fields.h"
#include "llama32med/core/json_fwd.h"
#include "llama32med/nn/index_tensor.h"
#include "llama32med/nn/kv_cache.h"
#include "llama32med/nn/linear_chooser.h"
#include "llama32med/nn/parameter_store.h"
#include "llama32med/nn/recompute.h"
#include "llama32med/weights/weight_source.h"

namespace llama32med {

// Where the two public implementations disagree (README, "Semantics").
enum class Semantics {
  kMeta,  // tokens before the first image attend to no image: how the weights were trained
  kHf     // they attend to every image slot, including padded tiles, as in Hugging Face transformers
};
constexpr auto names_of(Semantics) { return std::array{Named{"meta", Semantics::kMeta}, Named{"hf", Semantics::kHf}}; }

enum class VisionFeatures {
  kInput,  // inputs of the intermediate layers: the reference code, transformers up to 4.54
  kOutput  // outputs of the intermediate layers: transformers from 4.56
};
constexpr auto names_of(VisionFeatures) {
  return std::array{Named{"input", VisionFeatures::kInput}, Named{"output", VisionFeatures::kOutput}};
}

enum class Tower {
  kDeduplicated,  // computes equal rows once, weighted by their count; exact if the padded slots of the tables are zero
  kDense          // computes all tile slots under a mask: the reference and the fallback
};
constexpr auto names_of(Tower) {
  return std::array{Named{"deduplicated", Tower::kDeduplicated}, Named{"dense", Tower::kDense}};
}

struct BackboneOptions {
  Semantics semantics = Semantics::kMeta;
  VisionFeatures vision_features = VisionFeatures::kInput;
  Tower tower = Tower::kDeduplicated;
  Activations vision_activations = Activations::kKeep;  // per layer; only matters when gradients are recorded
  Activations text_activations = Activations::kKeep;

  static void describe(auto& c, auto&& field) {
    field("semantics", c.semantics,
          "image attention: meta, as the weights were trained; hf, as transformers computes it");
    field("vision_features", c.vision_features,
          "states taken from intermediate vision layers: input, as in training; output, as in transformers 4.56 and "
          "later");
    field("tower", c.tower,
          "vision encoder: deduplicated computes equal tiles once; dense computes all tile slots under a mask");
    field("vision_activations", c.vision_activations,
          "activations of the vision encoder in training: keep, or recompute in the backward pass (a third slower, far "
          "less memory, same gradients)",
          Effort{});
    field("text_activations", c.text_activations,
          "activations of the text decoder in training: keep or recompute, as in vision_activations", Effort{});
  }
};

// Vision features or image states of one image.
struct ImageStates {
  at::Tensor values;
  ImageExtent extent;
  // Mllama only. values: [real + padded tiles, P, D]. Padded tiles: none with meta semantics; with hf, one that
  // represents `padded_copies` equal tiles; with the dense tower, all of them.
  std::int64_t real_tiles = 0;
  std::int64_t padded_copies = 0;
};

// Base class for what a model stores about the images of an ImageMemory in addition to tensors. Only the model itself
// reads it.
struct ImageLayout {
  virtual ~ImageLayout() = default;
};

// What the text model needs to know about the images of a batch. Opaque to callers, except that two-phase training
// replaces the tensors with leaf tensors. Copies share the tensors.
struct ImageMemory {
  std::vector<at::Tensor> tensors;   // all tensors through which gradients flow back to the images
  std::vector<std::int64_t> tokens;  // [images] number of text tokens per image
  std::shared_ptr<const ImageLayout> layout = nullptr;
};

struct ModelFacts {
  std::int64_t vocabulary = 0;      // number of logits per token
  std::int64_t embedding_rows = 0;  // ids that the model can read; those from `vocabulary` on are never predicted
  std::int64_t image_token = 0;
  std::int64_t pad_token = 0;
  std::vector<std::int64_t> stop_tokens;
  std::vector<std::int64_t> never_sampled;  // have logits but must not be generated: image tokens
  std::int64_t max_positions = 0;
};

// Decodes one more token per row, again and again, without a word from the host in between: a GPU that waits for the
// host after each token would idle most of the time.
class NextTokens {
 public:
  virtual ~NextTokens() = default;
  virtual at::Tensor operator()(const at::Tensor& ids) = 0;  // [B] int64 on the model's device -> [B, D]
};

struct DecodedText {
  at::Tensor hidden;              // [B, L, D]
  std::vector<at::Tensor> lists;  // on the model's device
};

class Backbone {
 public:
  virtual ~Backbone() = default;

  virtual std::vector<ImageStates> vision_features(const ImageBatch& images) const = 0;
  virtual std::vector<ImageStates> image_states(const std::vector<ImageStates>& features) const = 0;
  virtual ImageMemory image_memory(const std::vector<ImageStates>& states) const = 0;
  ImageMemory encode_images(const ImageBatch& images) const {
    return image_memory(image_states(vision_features(images)));
  }

  // Hidden states after the final norm: [B, L, D]. With a cache, `text` continues the cached rows and is added to the
  // cache; the tokens of an image must not be split between the cache and `text`. Position ids and attention masks
  // follow from the spans of `text` (including cached ones), the layout of `memory` and the lengths in the cache.
  virtual at::Tensor decode(const TextBatch& text, const ImageMemory& memory, KvCache* cache = nullptr) const = 0;
  // Without a cache, and with index lists of the caller that travel to the device together with those of the pass.
  virtual DecodedText decode_with(const TextBatch& text, const ImageMemory& memory, const IndexLists& lists) const;
  virtual at::Tensor logits(const at::Tensor& hidden) const = 0;  // [.., D] -> [.., V]

  // For up to `steps` tokens after the rows of `cache`, which grow with each. `first` is the batch of the first of them
  // (its ids do not matter). Borrows its arguments. Null: the model has no such loop; use decode().
  virtual std::unique_ptr<NextTokens> next_tokens(const TextBatch& first, const ImageMemory& memory, KvCache& cache,
                                                  std::int64_t steps) const;

  virtual KvCache new_cache() const = 0;
  virtual const ModelFacts& facts() const = 0;
  virtual ParameterStore& parameters() = 0;  // including the ModelNames
  virtual const at::TensorOptions& target() const = 0;
  // Messages to show to the user once per run, for example that the checkpoint requires the dense tower.
  virtual std::vector<std::string> notices() const = 0;
};

// Builds the model in a Hugging Face folder from its config.json. Throws Error{kData} for an unknown model_type.
// `linears` chooses how each linear layer is built; null: dense, without adapters.
std::unique_ptr<Backbone> load_backbone(const std::filesystem::path& folder, const BackboneOptions& options,
                                        const at::TensorOptions& target, const LinearChooser* linears = nullptr);

struct ModelSource {
  const Json& config;  // config.json
  std::string where;   // name of the config in error messages
  const WeightSource& weights;
};
// The same, with weights from any source.
std::unique_ptr<Backbone> load_backbone(const ModelSource& source, const BackboneOptions& options,
                                        const at::TensorOptions& target, const LinearChooser* linears = nullptr);

}  // namespace llama32med
