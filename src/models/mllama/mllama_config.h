// config.json of an Mllama checkpoint: the sizes everything else is built from. Throws Error{kData} naming key, value
// and file.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/core/config_json.h"
#include "llama32med/nn/rope.h"

namespace llama32med::mllama {

struct TextConfig {
  std::int64_t vocabulary = 0;
  std::int64_t width = 0, inner = 0;  // hidden_size, intermediate_size
  std::int64_t layers = 0;
  std::vector<std::int64_t> cross_layers;
  std::int64_t heads = 0, kv_heads = 0, head_dim = 0;
  double norm_eps = 1e-5;
  RopeConfig rope;
  std::int64_t max_positions = 0;
  std::int64_t pad_token = 0;
  std::vector<std::int64_t> stop_tokens;

  bool is_cross(std::int64_t layer) const;
};

struct VisionConfig {
  std::int64_t width = 0, inner = 0, heads = 0;
  std::int64_t layers = 0, global_layers = 0;
  std::vector<std::int64_t> intermediate_layers;
  std::int64_t tile_size = 0, patch_size = 0, max_tiles = 0;
  double norm_eps = 1e-5;
  std::vector<std::pair<std::int64_t, std::int64_t>> aspect_ratios;  // (high, wide) of ids 1, 2, ..

  std::int64_t patches() const { return (tile_size / patch_size) * (tile_size / patch_size); }
  std::int64_t rows_per_tile() const { return patches() + 1; }              // P: class and patches
  std::int64_t fill_rows() const { return (8 - rows_per_tile() % 8) % 8; }  // zero rows to a multiple of 8
  std::int64_t table_rows() const { return static_cast<std::int64_t>(aspect_ratios.size()) + 1; }
  std::int64_t output_width() const { return width * (1 + static_cast<std::int64_t>(intermediate_layers.size())); }
};

struct Config {
  TextConfig text;
  VisionConfig vision;
  std::int64_t image_token = 0;
};

Config read_mllama_config(const Json& json, const std::string& where);

}  // namespace llama32med::mllama
