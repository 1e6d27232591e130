// Mllama's image processor: an image as one to `max_tiles` square tiles.
//
// choose the grid of tiles (geometry.h) -> bilinear resize in 8 bits -> black padding below and right -> tiles row by
// row. Equal to transformers' MllamaImageProcessor (PIL backend) byte for byte wherever decoding is (see
// src/image/decode.h). Missing tiles are exactly 0.0 after normalization.
#pragma once
#include <cstdint>
#include <filesystem>

#include "llama32med/image/image_processor.h"

namespace llama32med {

// From the settings of a model folder. Defaults are those of the released models.
struct TileSettings {
  std::int64_t tile_size = 560;
  std::int64_t max_tiles = 4;
  PixelScaling scaling = {};
};

// The file with the settings: preprocessor_config.json, or processor_config.json, which transformers 5 writes instead,
// with the same settings in its section "image_processor". If a folder has both, preprocessor_config.json counts, as in
// transformers. Throws Error{kData} if it has neither.
std::filesystem::path image_processor_file(const std::filesystem::path& folder);

// Throws Error{kData} naming the key of anything this processor does not support (other resampling, no padding, ...).
TileSettings read_preprocessor_config(const std::filesystem::path& folder);

// Shape [tiles, 3, S, S]. An image has one text token; its grid is the grid of its tiles.
class MllamaImageProcessor final : public ImageProcessor {
 public:
  explicit MllamaImageProcessor(TileSettings settings, ImageProcessorConfig config = {});

  ImageExtent extent(ImageSize picture) const override;
  ImageExtent largest_extent() const override { return {1, {1, settings_.max_tiles}}; }
  std::optional<std::int64_t> fixed_tokens() const override { return 1; }
  ImageSize native_size() const override { return {settings_.tile_size, settings_.tile_size}; }
  const PixelScaling& scaling() const override { return settings_.scaling; }

  const TileSettings& settings() const { return settings_; }

 private:
  ProcessedImage arrange(const Picture& picture) const override;

  TileSettings settings_;
};

}  // namespace llama32med
