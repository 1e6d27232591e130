#include "generate/prompt_batch.h"

#include <ATen/ops/full.h>

#include <algorithm>

#include "llama32med/nn/index_tensor.h"

namespace llama32med {

std::int64_t shared_prefix(const std::vector<Prompt>& prompts) {
  const auto& first = prompts.front();
  std::size_t shared = first.ids.size() - 1;
  for (const auto& prompt : prompts) {
    if (prompt.images != first.images) return 0;
    shared = std::min(shared, prompt.ids.size() - 1);
    const auto end = first.ids.begin() + static_cast<std::ptrdiff_t>(shared);
    shared =
        static_cast<std::size_t>(std::mismatch(first.ids.begin(), end, prompt.ids.begin()).first - first.ids.begin());
  }
  return static_cast<std::int64_t>(shared);
}

TextBatch prompt_batch(const std::vector<Prompt>& prompts, std::int64_t begin, std::int64_t end,
                       const ModelFacts& facts) {
  TextBatch batch;
  for (const auto& prompt : prompts)
    batch.lengths.push_back(std::min(end, static_cast<std::int64_t>(prompt.ids.size())) - begin);
  const auto length = *std::max_element(batch.lengths.begin(), batch.lengths.end());
  batch.ids = at::full({static_cast<std::int64_t>(prompts.size()), length}, facts.pad_token, at::kLong);
  for (std::size_t b = 0; b < prompts.size(); ++b) {
    const auto& prompt = prompts[b];
    const auto row = static_cast<std::int64_t>(b);
    std::copy_n(prompt.ids.begin() + begin, batch.lengths[b],
                batch.ids.mutable_data_ptr<std::int64_t>() + row * length);
    batch.row_images.push_back(prompt.images);
    for (auto segment : segments_of_row(prompt.ids, facts.image_token, row, prompt.images.first)) {
      segment.begin = std::max<std::int64_t>(segment.begin - begin, 0);
      segment.end = std::min(segment.end - begin, batch.lengths[b]);
      if (segment.begin < segment.end) batch.segments.push_back(segment);
    }
  }
  return batch;
}

TextBatch next_token_batch(const std::vector<Prompt>& prompts, const std::vector<std::int64_t>& ids,
                           const ModelFacts& facts) {
  TextBatch batch;
  const auto rows = static_cast<std::int64_t>(prompts.size());
  batch.ids = index_tensor(ids, at::kCPU).view({rows, 1});
  batch.lengths.assign(prompts.size(), 1);
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto& prompt = prompts[static_cast<std::size_t>(row)];
    batch.row_images.push_back(prompt.images);
    const auto segments = segments_of_row(prompt.ids, facts.image_token, row, prompt.images.first);
    if (!segments.empty()) batch.segments.push_back({row, 0, 1, segments.back().images});
  }
  return batch;
}

}  // namespace llama32med
