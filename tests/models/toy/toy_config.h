// A toy backbone: a complete but minimal example of how to add a model. Unlike Mllama, it inserts images into the token
// sequence (early fusion) and has no cross-attention.
//
//   image of any size -> grid of patches (toy_processor) -> linear, norm (vision_tower)
//   -> linear (multi_modal_projector) -> one token per patch in the text -> decoder with self-attention (toy_text)
//
// It has three properties of real early-fusion models: the number of image tokens depends on the image (Qwen2.5-VL),
// position ids differ from token indices (Qwen2.5-VL), and the tokens of an image attend to each other (Gemma 3).
//
// Read the files in this order:
//
//   toy_config      reads and checks config.json
//   toy_processor   the image processor and the chat format
//   toy_text        the text decoder
//   toy_model       the Backbone: the interface to the trainer, the generator and the predictor
//   toy_kind        the entry in the table of backbones: tensor names and shapes, cost, and what `init` writes
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "llama32med/core/config_json.h"

namespace llama32med::toy {

struct Config {
  std::int64_t vocab_size = 0, hidden_size = 0, intermediate_size = 0;
  std::int64_t num_hidden_layers = 0, num_attention_heads = 0;
  std::int64_t max_position_embeddings = 0;
  std::vector<std::int64_t> eos_token_id;
  std::int64_t pad_token_id = 0, image_token_id = 0;
  std::int64_t patch_size = 0, max_grid = 0, vision_hidden_size = 0;  // at most max_grid x max_grid patches per image
  double rms_norm_eps = 1e-5;

  std::int64_t patch_values() const { return 3 * patch_size * patch_size; }
};

// Throws an Error{kData} that names the file, the section, the key and its value.
Config read_config(const Json& json, const std::string& where);

}  // namespace llama32med::toy
