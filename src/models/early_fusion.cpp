#include "llama32med/models/early_fusion.h"

#include <ATen/ops/cat.h>

#include "llama32med/nn/index_tensor.h"

namespace llama32med {

at::Tensor place_images(const at::Tensor& embedded, const TextBatch& text, const ImageMemory& memory) {
  const auto length = embedded.size(1);
  std::vector<std::int64_t> places;  // in the flattened [B L] tokens
  std::vector<at::Tensor> images;
  for (const auto& span : text.spans) {
    if (span.begin < 0) continue;
    for (std::int64_t i = 0; i < span.count; ++i) places.push_back(span.row * length + span.begin + i);
    images.push_back(memory.tensors.at(static_cast<std::size_t>(span.image)));
  }
  if (images.empty()) return embedded;
  const auto rows = at::cat(images).to(embedded.scalar_type());  // [R, D]
  return embedded.flatten(0, 1).index_copy(0, index_tensor(places, embedded.device()), rows).view(embedded.sizes());
}

}  // namespace llama32med
