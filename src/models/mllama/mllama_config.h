// config.json of an Mllama checkpoint, with Hugging Face's key names. Modules, checkpoint tensors, random weights,
// presets and costs are all derived from it, so they accept the same files.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/core/config_json.h"
#include "llama32med/nn/rope.h"

namespace llama32med::mllama {

struct TextConfig {
  std::int64_t vocab_size = 0, hidden_size = 0, intermediate_size = 0, num_hidden_layers = 0;
  std::vector<std::int64_t> cross_attention_layers = {};  // sorted
  std::int64_t num_attention_heads = 0, num_key_value_heads = 0;
  double rms_norm_eps = 1e-5;
  RopeConfig rope = {};
  std::int64_t max_position_embeddings = 131072;
  std::int64_t pad_token_id = 0;  // a token, whatever the file says
  std::vector<std::int64_t> eos_token_id = {};

  bool is_cross(std::int64_t layer) const;
  std::int64_t head_dim() const { return hidden_size / num_attention_heads; }
  std::int64_t key_value_size() const { return num_key_value_heads * head_dim(); }  // all key heads together
  std::int64_t embeddings() const { return vocab_size + 8; }  // <|image|> is the first row after the vocabulary
};

struct VisionConfig {
  using AspectRatios = std::vector<std::pair<std::int64_t, std::int64_t>>;

  std::int64_t hidden_size = 0, intermediate_size = 0, attention_heads = 0;
  std::int64_t num_hidden_layers = 0, num_global_layers = 0;
  std::vector<std::int64_t> intermediate_layers_indices = {};  // sorted
  std::int64_t image_size = 0, patch_size = 0, max_num_tiles = 0;
  double norm_eps = 1e-5;
  AspectRatios supported_aspect_ratios = {};  // (tiles high, tiles wide) for ids 1, 2, ..

  std::int64_t patches() const { return (image_size / patch_size) * (image_size / patch_size); }
  std::int64_t rows_per_tile() const { return patches() + 1; }              // P: class token and patches
  std::int64_t fill_rows() const { return (8 - rows_per_tile() % 8) % 8; }  // zero rows up to a multiple of 8
  std::int64_t table_rows() const { return std::ssize(supported_aspect_ratios) + 1; }
  std::int64_t num_layers() const { return num_hidden_layers + num_global_layers; }
  std::int64_t vision_output_dim() const { return hidden_size * (1 + std::ssize(intermediate_layers_indices)); }
};

struct Config {
  TextConfig text;
  VisionConfig vision;
  std::int64_t image_token_index = 0;
};

// Throws an Error{kData} that names the file, the key and its value.
Config read_mllama_config(const Json& json, const std::string& where);

// config.json as transformers 4.45 writes it. `dtype`: "float32", "bfloat16" or "float16".
Json mllama_config_json(const Config& config, const std::string& dtype);

}  // namespace llama32med::mllama
