#include "llama32med/image/image_processor.h"

#include "decode.h"
#include "image_header.h"
#include "llama32med/core/files.h"
#include "llama32med/image/resize.h"

namespace llama32med {
namespace {

DecodeOptions decode_options(const ImageProcessorConfig& config) {
  DecodeOptions options{.compatibility = config.compatibility, .budget = config.budget()};
  if (config.window.size() == 2) options.window = IntensityWindow{config.window[0], config.window[1]};
  return options;
}

// Size of an image file after EXIF rotation, from its header; nullopt if the header does not say.
std::optional<ImageSize> size_in_header(const std::filesystem::path& path, const ImageProcessorConfig& config) {
  if (!is_file(path)) return std::nullopt;
  const MappedFile file(path);
  const auto header = read_image_header({reinterpret_cast<const char*>(file.data()), file.size()});
  auto size = header.size;
  if (size.height < 1 || size.width < 1) return std::nullopt;
  // EXIF orientations from 5 on rotate by 90 degrees.
  const bool rotated = header.orientation >= 5 && config.compatibility == ImageCompatibility::kSensible;
  if (rotated) std::swap(size.height, size.width);
  return size;
}

}  // namespace

ProcessedImage ImageProcessor::operator()(const std::filesystem::path& path) const {
  return process(decode_image(path, decode_options(config_)));
}

ProcessedImage ImageProcessor::process(const Picture& picture) const {
  const auto square = config_.square_resize;
  auto image = square > 0 && picture.size != ImageSize{square, square}
                   ? arrange(resize_bilinear(picture, {square, square}))
                   : arrange(picture);
  image.source = picture.size;
  return image;
}

std::optional<ImageExtent> ImageProcessor::extent_of(const std::filesystem::path& path) const {
  if (config_.square_resize > 0) return extent({config_.square_resize, config_.square_resize});
  const auto size = size_in_header(path, config_);
  return size ? std::optional(extent(*size)) : std::nullopt;
}

std::int64_t ImageProcessor::tokens_of(const std::filesystem::path& path) const {
  if (const auto fixed = fixed_tokens()) return *fixed;
  if (const auto known = extent_of(path)) return known->tokens;
  return (*this)(path).extent.tokens;
}

}  // namespace llama32med
