#include "generate/prompt_batch.h"

#include <ATen/ops/full.h>

#include <algorithm>

#include "llama32med/nn/index_tensor.h"

namespace llama32med {
namespace {

// Adds the images of the prompt in the next row; the row starts with token `begin` of the prompt.
void add_images(TextBatch& batch, const Prompt& prompt, std::int64_t begin, std::int64_t image_token,
                const ImageMemory& memory) {
  const auto row = std::ssize(batch.row_images);
  batch.row_images.push_back(prompt.images);
  for (auto span : image_spans(prompt.ids, image_token, row, prompt.images, memory.tokens)) {
    span.begin -= begin;
    if (span.begin < batch.lengths[static_cast<std::size_t>(row)]) batch.spans.push_back(span);
  }
}

}  // namespace

std::int64_t shared_prefix(const std::vector<Prompt>& prompts, std::int64_t image_token) {
  const auto& first = prompts.front();
  std::size_t shared = first.ids.size() - 1;
  for (const auto& prompt : prompts) {
    if (prompt.images != first.images) return 0;
    shared = std::min(shared, prompt.ids.size() - 1);
    const auto end = first.ids.begin() + static_cast<std::ptrdiff_t>(shared);
    shared =
        static_cast<std::size_t>(std::mismatch(first.ids.begin(), end, prompt.ids.begin()).first - first.ids.begin());
  }
  if (first.ids[shared] == image_token)  // may be inside an image
    while (shared > 0 && first.ids[shared - 1] == image_token) --shared;
  return static_cast<std::int64_t>(shared);
}

TextBatch prompt_batch(const std::vector<Prompt>& prompts, const std::vector<TokenRange>& ranges,
                       const ModelFacts& facts, const ImageMemory& memory) {
  TextBatch batch;
  for (std::size_t b = 0; b < prompts.size(); ++b)
    batch.lengths.push_back(std::min(ranges[b].end, std::ssize(prompts[b].ids)) - ranges[b].begin);
  const auto length = *std::max_element(batch.lengths.begin(), batch.lengths.end());
  batch.ids = at::full({static_cast<std::int64_t>(prompts.size()), length}, facts.pad_token, at::kLong);
  for (std::size_t b = 0; b < prompts.size(); ++b) {
    std::copy_n(prompts[b].ids.begin() + ranges[b].begin, batch.lengths[b],
                batch.ids.mutable_data_ptr<std::int64_t>() + static_cast<std::int64_t>(b) * length);
    add_images(batch, prompts[b], ranges[b].begin, facts.image_token, memory);
  }
  return batch;
}

TextBatch next_token_batch(const std::vector<Prompt>& prompts, const std::vector<std::int64_t>& ids,
                           const std::vector<std::int64_t>& read, const ModelFacts& facts, const ImageMemory& memory) {
  TextBatch batch;
  batch.ids = index_tensor(ids, at::kCPU).view({static_cast<std::int64_t>(prompts.size()), 1});
  batch.lengths.assign(prompts.size(), 1);
  for (std::size_t b = 0; b < prompts.size(); ++b) add_images(batch, prompts[b], read[b], facts.image_token, memory);
  return batch;
}

}  // namespace llama32med
