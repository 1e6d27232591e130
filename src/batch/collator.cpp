#include "llama32med/batch/collator.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>

#include <algorithm>

namespace llama32med {

at::Tensor bytes_tensor(const ProcessedImage& image) {
  auto* bytes = const_cast<std::uint8_t*>(image.pixels.data());  // from_blob takes no const pointer; only read here
  return at::from_blob(bytes, image.shape, at::kByte).clone();
}

ImageInput image_input(const ProcessedImage& image, const PixelScaling& scaling) {
  return {bytes_tensor(image), image.aspect_ratio_id, image.extent, scaling};
}

LabeledText collate_text(const std::vector<TextRow>& rows, const TextTokens& tokens,
                         std::span<const std::int64_t> image_tokens) {
  LabeledText batch;
  for (const auto& row : rows) batch.text.lengths.push_back(static_cast<std::int64_t>(row.ids.size()));
  const auto count = static_cast<std::int64_t>(rows.size());
  const auto length = *std::max_element(batch.text.lengths.begin(), batch.text.lengths.end());
  batch.text.ids = at::full({count, length}, tokens.pad, at::kLong);
  if (!rows.front().labels.empty()) batch.labels = at::full({count, length}, kNoLabel, at::kLong);
  for (std::int64_t b = 0; b < count; ++b) {
    const auto& row = rows[static_cast<std::size_t>(b)];
    std::copy(row.ids.begin(), row.ids.end(), batch.text.ids.mutable_data_ptr<std::int64_t>() + b * length);
    if (batch.labels.defined())
      std::copy(row.labels.begin(), row.labels.end(), batch.labels.mutable_data_ptr<std::int64_t>() + b * length);
    batch.text.row_images.push_back(row.images);
    for (const auto& span : image_spans(row.ids, tokens.image, b, row.images, image_tokens))
      batch.text.spans.push_back(span);
  }
  return batch;
}

}  // namespace llama32med
