#include "llama32med/batch/batch.h"
#include "llama32med/core/error.h"

namespace llama32med {

std::vector<ImageSpan> image_spans(const std::vector<std::int64_t>& ids, std::int64_t image_token, std::int64_t row,
                                   const ImageRun& images, std::span<const std::int64_t> image_tokens) {
  std::vector<ImageSpan> spans;
  const auto length = static_cast<std::int64_t>(ids.size());
  const auto is_image = [&](std::int64_t at) { return ids[static_cast<std::size_t>(at)] == image_token; };
  for (std::int64_t at = 0; at < length; ++at) {
    if (!is_image(at)) continue;
    const auto index = std::ssize(spans);
    if (index == images.count) throw data_error("a row has more image tokens than its {} images", images.count);
    const auto image = images.first + index;
    const auto count = image_tokens[static_cast<std::size_t>(image)];
    const auto begin = at;
    while (at + 1 < length && at + 1 < begin + count && is_image(at + 1)) ++at;
    if (at + 1 != begin + count)
      throw data_error("an image has {} tokens, but the text contains {} image tokens for it", count, at + 1 - begin);
    spans.push_back({row, begin, count, image});
  }
  return spans;
}

}  // namespace llama32med
