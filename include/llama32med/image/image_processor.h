// An image file to what a model's vision encoder takes, up to, not including, normalization: 8-bit pixels.
//
// decode -> [square resize] -> the model's own rules (resize, tile, crop, pad). Decoding and the square resize, which
// is PIL's bilinear too (the image is stretched to N x N, then processed like any other), are the same for all models.
// What is left is done on tensors, with the numbers given here: (byte * rescale_factor - mean[c]) / std[c] in fp32.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/image/picture.h"

namespace llama32med {

enum class ImageCompatibility { kSensible, kReference };
constexpr auto names_of(ImageCompatibility) {
  return std::array{Named{"sensible", ImageCompatibility::kSensible},
                    Named{"reference", ImageCompatibility::kReference}};
}

// A list that is empty or [low, high] with low < high.
struct EmptyOrRange {
  std::string complain(const std::vector<double>& value) const {
    if (value.empty() || (value.size() == 2 && value[0] < value[1])) return "";
    return "must be [] or [low, high] with low below high";
  }
};

// The user's part of image processing: what happens to a picture before the model's own rules.
struct ImageProcessorConfig {
  ImageCompatibility compatibility = ImageCompatibility::kSensible;
  std::vector<double> window;
  std::int64_t square_resize = 0;
  static void describe(auto& c, auto&& field) {
    field("compatibility", c.compatibility,
          "sensible: EXIF orientation applied, deep samples scaled to 8 bits; reference: the bytes PIL and "
          "transformers give");
    field("window", c.window,
          "[low, high] of samples deeper than 8 bits, shown from black to white; []: from their smallest to their "
          "largest",
          EmptyOrRange{});
    field("square_resize", c.square_resize,
          "first resize every picture to N x N without keeping its shape (the paper: 512); 0: off", InRange{0, 8192});
  }
};

// (byte * rescale_factor - mean[c]) / std[c]. The defaults are CLIP's, which most models have.
struct PixelScaling {
  std::array<float, 3> mean = {0.48145466F, 0.4578275F, 0.40821073F};
  std::array<float, 3> std = {0.26862954F, 0.26130258F, 0.27577711F};
  double rescale_factor = 1.0 / 255;
};

struct ImageGrid {
  std::int64_t high = 0, wide = 0;
  std::int64_t count() const { return high * wide; }
  bool operator==(const ImageGrid&) const = default;
};

// What an image is to a model, by its size alone, before pixels are read.
struct ImageExtent {
  std::int64_t tokens = 1;  // that it occupies in the text
  // Of its tiles, or of its tokens where they lie on a grid: what the vision side's work grows by.
  ImageGrid grid = {1, 1};
  bool operator==(const ImageExtent&) const = default;
};

struct ProcessedImage {
  std::vector<std::int64_t> shape;   // [.., 3, height, width], RGB
  std::vector<std::uint8_t> pixels;  // in this shape
  ImageExtent extent;
  std::int64_t aspect_ratio_id = 0;  // mllama's number of the grid
  // Sizes on the way, for people to see: decoded and turned, resized by the model's rules, and what that was put on or
  // cut to.
  ImageSize source, resized, canvas;
};

// One class per family of models. Stateless after construction: one may serve many threads.
class ImageProcessor {
 public:
  explicit ImageProcessor(ImageProcessorConfig config) : config_(std::move(config)) {}
  virtual ~ImageProcessor() = default;

  // Throws Error{kData} that names the file and what is wrong with it; never crashes on broken ones.
  ProcessedImage operator()(const std::filesystem::path& path) const;
  ProcessedImage process(const Picture& picture) const;

  // How many tokens an image file will occupy in the text. Reads its header where that depends on the size, and throws
  // as above where the header does not say.
  std::int64_t tokens_of(const std::filesystem::path& path) const;
  // The same with its grid. nullopt where the header does not tell.
  std::optional<ImageExtent> extent_of(const std::filesystem::path& path) const;

  virtual ImageExtent extent(ImageSize picture) const = 0;  // of a picture of this size
  virtual ImageExtent largest_extent() const = 0;           // of any picture
  // Where every image occupies equally many tokens: that many, and no file need be opened.
  virtual std::optional<std::int64_t> fixed_tokens() const = 0;
  virtual ImageSize native_size() const = 0;  // a size that the model takes as it is, for pictures we make ourselves
  virtual const PixelScaling& scaling() const = 0;

  const ImageProcessorConfig& config() const { return config_; }

 private:
  virtual ProcessedImage arrange(const Picture& picture) const = 0;  // the model's own rules

  ImageProcessorConfig config_;
};

}  // namespace llama32med
