#include "llama32med/data/collator.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>

namespace llama32med {

at::Tensor bytes_tensor(const TiledImage& image) {
  auto* bytes = const_cast<std::uint8_t*>(image.pixels.data());  // from_blob takes no const; it is only read
  return at::from_blob(bytes, {image.tiles(), 3, image.tile_size, image.tile_size}, at::kByte).clone();
}

ImageTiles normalise_tiles(const TiledImage& image, const TileSettings& settings) {
  const auto channels = [](const std::array<float, 3>& values) {
    return at::tensor(at::ArrayRef<float>(values.data(), values.size()), at::kFloat).view({3, 1, 1});
  };
  const auto scaled = bytes_tensor(image).to(at::kFloat) * static_cast<float>(settings.rescale_factor);
  return {(scaled - channels(settings.mean)) / channels(settings.std), image.aspect_ratio_id};
}

}  // namespace llama32med
