#include "llama32med/batch/pixels.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <mutex>

#include "llama32med/tensor/device.h"

namespace llama32med {
namespace {

constexpr std::int64_t kBytes = 256;  // values of a byte

at::Tensor normalized(const at::Tensor& bytes, const PixelScaling& scaling) {
  const auto channels = [](const std::array<float, 3>& values) {
    return at::tensor(at::ArrayRef<float>(values.data(), values.size()), at::kFloat).view({3, 1, 1});
  };
  const auto scaled = bytes.to(at::kFloat) * static_cast<float>(scaling.rescale_factor);
  return (scaled - channels(scaling.mean)) / channels(scaling.std);
}

bool are_bytes(const ImageInput& image) { return image.pixels.scalar_type() == at::kByte; }

// True if one table serves all pixels.
bool are_bytes_of_one_scaling(const ImageBatch& images) {
  return std::ranges::all_of(
      images, [&](const ImageInput& image) { return are_bytes(image) && image.scaling == images.front().scaling; });
}

template <class Pixels>
at::Tensor stacked(const ImageBatch& images, const Pixels& pixels_of) {
  std::vector<at::Tensor> pixels;
  for (const auto& image : images) pixels.push_back(pixels_of(image));
  return at::stack(pixels);
}

}  // namespace

at::Tensor normalized_pixels(const ImageInput& image) {
  return are_bytes(image) ? normalized(image.pixels, image.scaling) : image.pixels;
}

struct PixelNormalizer::Table {
  std::mutex mutex;
  PixelScaling scaling;
  at::Tensor values;  // [3 * 256] in the model's dtype: channel by channel
  at::Tensor begins;  // [3, 1, 1] int32: where the values of a channel begin
};

PixelNormalizer::PixelNormalizer(const at::TensorOptions& target)
    : target_(target), table_(std::make_unique<Table>()) {}
PixelNormalizer::~PixelNormalizer() = default;

at::Tensor PixelNormalizer::operator()(const ImageBatch& images) const {
  if (target_.device().is_cpu() || !are_bytes_of_one_scaling(images))
    return upload(stacked(images, normalized_pixels), target_);
  const auto bytes = stacked(images, [](const ImageInput& image) { return image.pixels; });
  return looked_up(upload(bytes, target_.dtype(at::kByte)), images.front().scaling);
}

at::Tensor PixelNormalizer::looked_up(const at::Tensor& bytes, const PixelScaling& scaling) const {
  const std::lock_guard lock(table_->mutex);
  if (!table_->values.defined() || table_->scaling != scaling) {
    const auto all = at::arange(kBytes, at::kByte).expand({3, 1, kBytes});
    table_->values = upload(normalized(all, scaling).flatten(), target_);
    table_->begins = upload(at::arange(3, at::kInt).view({3, 1, 1}) * kBytes, target_.dtype(at::kInt));
    table_->scaling = scaling;
  }
  const auto places = bytes + table_->begins;
  return table_->values.index_select(0, places.flatten()).view(places.sizes());
}

}  // namespace llama32med
