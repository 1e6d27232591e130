// The samples of an image as a codec returns them, and their conversion to a Picture row by row, without a second copy
// of all samples.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "image/samples.h"
#include "llama32med/image/image_processor.h"

namespace llama32med {

enum class SampleType { kU8, kS8, kU16, kS16, kS32, kF32, kF64 };  // numbered as in OpenCV
enum class ChannelOrder { kBgr, kRgb };                            // alpha is the last channel in both

struct Raster {
  ImageSize size;
  std::int64_t channels = 0;
  SampleType type = SampleType::kU8;
  ChannelOrder order = ChannelOrder::kBgr;
  const std::byte* data = nullptr;    // rows of interleaved samples
  std::size_t row_bytes = 0;          // from one row to the next
  std::shared_ptr<const void> owner;  // keeps the samples

  bool empty() const { return data == nullptr; }
};

// Row y in RGB order: shape [1, width, channels]. row_of_bytes is for kU8 only.
Samples<std::uint8_t> row_of_bytes(const Raster& raster, std::int64_t y);
Samples<float> row_of_floats(const Raster& raster, std::int64_t y);

// The rows of an image, each converted to a Picture of one row with the same number of channels.
Picture by_rows(ImageSize size, const std::function<Picture(std::int64_t y)>& convert);

struct Rendering {
  ImageCompatibility compatibility = ImageCompatibility::kSensible;
  std::optional<IntensityWindow> window;  // for deep samples; without one, their own range
  bool inverted = false;                  // deep samples of which the smallest is white
  std::span<const std::uint8_t> key;      // the transparent color, if it has as many channels as the image
  AlphaKind alpha = AlphaKind::kStraight;
};

// 1, 3 or 4 channels of any depth to 8 bits on white. Color whose three channels are equal everywhere becomes gray.
Picture render(const Raster& raster, const Rendering& rendering);

}  // namespace llama32med
