// An image file to tiles (Mllama's image processor without the normalization).
//
// decode -> [square resize] -> choose the grid of tiles -> bilinear resize in 8 bits -> black padding below and right
// -> tiles row by row. Equal to transformers' MllamaImageProcessor (PIL backend) byte for byte wherever decoding is
// (see src/image/decode.h). Normalization is done on tensors, with the values given here:
// (byte * rescale_factor - mean[c]) / std[c] in fp32, and exactly 0.0 for missing tiles.
// The square resize is PIL's bilinear too: the image is stretched to N x N, then processed like any other.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/image/picture.h"

namespace llama32med {

enum class ImageCompatibility { kSensible, kReference };
constexpr auto names_of(ImageCompatibility) {
  return std::array{Named{"sensible", ImageCompatibility::kSensible},
                    Named{"reference", ImageCompatibility::kReference}};
}

// Rule for a list that is either empty or [low, high] with low < high.
struct EmptyOrRange {
  std::string complain(const std::vector<double>& value) const {
    if (value.empty() || (value.size() == 2 && value[0] < value[1])) return "";
    return "must be [] or [low, high] with low below high";
  }
};

// The user's part of image processing: what happens to an image before the model's own steps.
struct ImageProcessorConfig {
  ImageCompatibility compatibility = ImageCompatibility::kSensible;
  std::vector<double> window;
  std::int64_t square_resize = 0;
  static void describe(auto& c, auto&& field) {
    field("compatibility", c.compatibility,
          "sensible: EXIF orientation applied, deep samples scaled to 8 bits; reference: the bytes PIL and "
          "transformers give");
    field("window", c.window,
          "[low, high] of samples deeper than 8 bits, mapped to black and white; []: from their smallest to their "
          "largest",
          EmptyOrRange{});
    field("square_resize", c.square_resize,
          "first resize every image to N x N, ignoring its aspect ratio (the paper: 512); 0: off", InRange{0, 8192});
  }
};

// The model's part, from preprocessor_config.json. Defaults are those of the released models.
struct TileSettings {
  std::int64_t tile_size = 560;
  std::int64_t max_tiles = 4;
  std::array<float, 3> mean = {0.48145466F, 0.4578275F, 0.40821073F};
  std::array<float, 3> std = {0.26862954F, 0.26130258F, 0.27577711F};
  double rescale_factor = 1.0 / 255;
};

// Throws Error{kData} naming the key of anything this processor does not support (other resampling, no padding, ...).
TileSettings read_preprocessor_config(const std::filesystem::path& folder);

struct TiledImage {
  std::int64_t tile_size = 0, tiles_high = 0, tiles_wide = 0;
  std::int64_t aspect_ratio_id = 0;                  // 1 .. number of grids
  std::int64_t source_height = 0, source_width = 0;  // size of the decoded image, after EXIF rotation
  std::vector<std::uint8_t> pixels;                  // [tiles_high * tiles_wide, 3, S, S], RGB

  std::int64_t tiles() const { return tiles_high * tiles_wide; }
};

// Stateless after construction: safe to share between threads.
class ImageProcessor {
 public:
  explicit ImageProcessor(TileSettings settings, ImageProcessorConfig config = {});

  // Throws Error{kData} naming the file and what is wrong with it; never crashes on corrupt files.
  TiledImage operator()(const std::filesystem::path& path) const;
  TiledImage process(const Picture& picture) const;
  // Number of tiles of an image file, from its header alone; max_tiles if the header does not say.
  std::int64_t tiles_of(const std::filesystem::path& path) const;

  const TileSettings& settings() const { return settings_; }
  const ImageProcessorConfig& config() const { return config_; }

 private:
  TileSettings settings_;
  ImageProcessorConfig config_;
};

}  // namespace llama32med
