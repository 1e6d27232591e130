// An image file to the input of a model's vision encoder without the normalization: 8-bit pixels.
//
// decode -> [square resize] -> the model's own rules (resize, tile, crop, pad). Decoding and the square resize, which
// is PIL's bilinear too (the image is stretched to N x N, then processed like any other), are the same for all models.
// The model normalizes them on its device, with the values given here (batch/pixels.h).
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/image/image_budget.h"
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
  std::int64_t max_pixels = ImageBudget{}.max_pixels;
  std::int64_t max_mib = ImageBudget{}.max_mib;
  ImageBudget budget() const { return {max_pixels, max_mib}; }

  static void describe(auto& c, auto&& field) {
    field("compatibility", c.compatibility,
          "sensible: apply EXIF orientation and scale deep samples to 8 bits; reference: the same bytes as PIL and "
          "transformers");
    field("window", c.window,
          "[low, high]: sample values shown as black and white in images deeper than 8 bits; []: the smallest and the "
          "largest value",
          EmptyOrRange{});
    field("square_resize", c.square_resize,
          "first resize every image to N x N, ignoring its aspect ratio (512 in the paper); 0: off", InRange{0, 8192});
    field("max_pixels", c.max_pixels,
          "height x width above which an image is refused before it is decoded, since a small file can take gigabytes; "
          "8192 x 8192 by default, at most what PIL reads",
          InRange{1, kMostImagePixels});
    field("max_mib", c.max_mib, "the same for its decoded samples in MiB: height x width x channels x bytes per sample",
          InRange{1, kMostImageMib});
  }
};

// (byte * rescale_factor - mean[c]) / std[c]. The defaults are CLIP's, which most models have.
struct PixelScaling {
  std::array<float, 3> mean = {0.48145466F, 0.4578275F, 0.40821073F};
  std::array<float, 3> std = {0.26862954F, 0.26130258F, 0.27577711F};
  double rescale_factor = 1.0 / 255;
  bool operator==(const PixelScaling&) const = default;
};

struct ImageGrid {
  std::int64_t high = 0, wide = 0;
  std::int64_t count() const { return high * wide; }
  bool operator==(const ImageGrid&) const = default;
};

// What a model makes of an image, known from its size alone, before any pixel is read.
struct ImageExtent {
  std::int64_t tokens = 1;  // in the text
  // The grid of its tiles, or of its tokens if they form one. The cost of the vision encoder grows with it.
  ImageGrid grid = {1, 1};
  bool operator==(const ImageExtent&) const = default;
};

struct ProcessedImage {
  std::vector<std::int64_t> shape;   // [.., 3, height, width], RGB
  std::vector<std::uint8_t> pixels;  // in this shape
  ImageExtent extent;
  std::int64_t aspect_ratio_id = 0;  // number of the grid, for models that number their grids
  // For reports: the size of the decoded image after EXIF rotation, its size after resizing, and the size after padding
  // or cropping.
  ImageSize source, resized, canvas;
};

// One class per family of models. Stateless after construction: safe to share between threads.
class ImageProcessor {
 public:
  explicit ImageProcessor(ImageProcessorConfig config) : config_(std::move(config)) {}
  virtual ~ImageProcessor() = default;

  // Throws Error{kData} naming the file and what is wrong with it; never crashes on corrupt files.
  ProcessedImage operator()(const std::filesystem::path& path) const;
  ProcessedImage process(const Picture& picture) const;

  // Number of text tokens of an image file. Reads the header of the file if it depends on the size, and the image if
  // the header does not say; throws as above.
  std::int64_t tokens_of(const std::filesystem::path& path) const;
  // The same with its grid, from the header alone; nullopt if the header does not say.
  std::optional<ImageExtent> extent_of(const std::filesystem::path& path) const;

  virtual ImageExtent extent(ImageSize size) const = 0;  // the extent of an image of this size
  virtual ImageExtent largest_extent() const = 0;        // the largest extent of any image
  // If all images have the same number of text tokens: that number, and no file is opened for it.
  virtual std::optional<std::int64_t> fixed_tokens() const = 0;
  virtual ImageSize native_size() const = 0;  // a size that is not resized, for synthetic images
  virtual const PixelScaling& scaling() const = 0;

  const ImageProcessorConfig& config() const { return config_; }

 private:
  virtual ProcessedImage arrange(const Picture& picture) const = 0;  // the model's own rules

  ImageProcessorConfig config_;
};

}  // namespace llama32med
