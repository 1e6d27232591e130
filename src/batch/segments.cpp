#include "llama32med/batch/batch.h"

namespace llama32med {

std::vector<Segment> segments_of_row(const std::vector<std::int64_t>& ids, std::int64_t image_token, std::int64_t row,
                                     std::int64_t first_image) {
  std::vector<Segment> segments;
  std::int64_t next_image = first_image;
  const auto length = static_cast<std::int64_t>(ids.size());
  for (std::int64_t at = 0; at < length; ++at) {
    if (ids[static_cast<std::size_t>(at)] != image_token) continue;
    ImageRun images{next_image++, 1};
    if (!segments.empty()) {
      auto& last = segments.back();
      last.end = at;
      const bool adjacent = last.begin == at - 1;  // segments begin at image tokens
      if (adjacent) images = {last.images.first, last.images.count + 1};
    }
    segments.push_back({row, at, length, images});
  }
  return segments;
}

}  // namespace llama32med
