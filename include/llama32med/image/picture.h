// A decoded picture: 8-bit samples, row after row, channels side by side ([height, width, channels], RGB order).
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
  std::int64_t channels = 3;  // 1 (gray, stands for three equal channels) or 3
  std::vector<std::uint8_t> pixels;
};

// The three-channel form of a gray picture: every sample three times. A picture with three channels is returned as it
// is.
Picture to_rgb(Picture picture);

}  // namespace llama32med
