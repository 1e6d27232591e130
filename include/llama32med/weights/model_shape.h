// The sizes that decide which tensors an Mllama checkpoint holds (names and shapes of the released files).
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace llama32med {

struct ModelShape {
  std::int64_t vocab_size = 0, hidden_size = 0, intermediate_size = 0, layers = 0;
  std::vector<std::int64_t> cross_layers = {};  // which of `layers` attend to images
  std::int64_t heads = 0, kv_heads = 0;
  std::int64_t vision_hidden = 0, vision_intermediate = 0, vision_layers = 0, vision_global_layers = 0;
  std::int64_t intermediate_features = 0;  // how many intermediate layers are handed on
  std::int64_t image_size = 0, patch_size = 0, max_tiles = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> aspect_ratios = {};  // (tiles high, tiles wide); id = index + 1

  std::int64_t patches() const {
    return (image_size / patch_size) * (image_size / patch_size) + 1;
  }  // and the class token
};

struct NamedShape {
  std::string name;
  std::vector<std::int64_t> shape;
};

// Every tensor of such a checkpoint by hub name, sorted by name. Throws Error{kUsage} for sizes that do not go
// together.
std::vector<NamedShape> checkpoint_tensors(const ModelShape& shape);

// (h, w) with h * w <= max_tiles, in the released order: (1,1) (1,2) ... (2,1) ...
std::vector<std::pair<std::int64_t, std::int64_t>> aspect_ratios_up_to(std::int64_t max_tiles);

// From the text of a config.json; `where` is for errors.
ModelShape read_model_shape(const std::string& config_json, const std::string& where);

}  // namespace llama32med
