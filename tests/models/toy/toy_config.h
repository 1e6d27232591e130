// A toy backbone: an example of how to add one, as short as an honest example can be. It is of another kind than
// Mllama: its images are part of the token sequence (early fusion), and it has no cross-attention.
//
//   image of any size -> grid of patches (toy_processor) -> linear, norm (vision_tower)
//   -> linear (multi_modal_projector) -> one token per patch in the text -> decoder with self-attention (toy_text)
//
// It has three properties of real early-fusion models: the number of image tokens depends on the image (Qwen2.5-VL),
// position ids do not count tokens (Qwen2.5-VL), and the tokens of an image attend to each other (Gemma 3).
//
//   toy_config      config.json
//   toy_processor   image processor and chat format
//   toy_text        the decoder
//   toy_model       the Backbone
//   toy_kind        the entry of the table: all of the above, its cost, and what `init` writes
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
  std::int64_t patch_size = 0, max_grid = 0, vision_hidden_size = 0;  // at most max_grid x max_grid patches
  double rms_norm_eps = 1e-5;

  std::int64_t patch_values() const { return 3 * patch_size * patch_size; }
};

// Throws Error{kData} naming file, section, key and value.
Config read_config(const Json& json, const std::string& where);

}  // namespace llama32med::toy
