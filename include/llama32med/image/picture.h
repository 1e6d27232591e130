// A decoded image: 8-bit samples in row-major order, channels interleaved ([height, width, channels], RGB).
#pragma once
#include <cstdint>
#include <vector>

namespace llama32med {

struct ImageSize {
  std::int64_t height = 0, width = 0;
  bool operator==(const ImageSize&) const = default;
};

struct Picture {
  ImageSize size;
  std::int64_t channels = 3;  // 1 (gray, equivalent to three equal channels) or 3
  std::vector<std::uint8_t> pixels;
};

// A gray image with three equal channels. An image that has three channels is returned unchanged.
Picture to_rgb(Picture picture);

}  // namespace llama32med
