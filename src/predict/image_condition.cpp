#include "llama32med/predict/image_condition.h"

#include <cmath>

#include "llama32med/core/random.h"

namespace llama32med {

std::map<std::string, const Record*> shuffled_images(const std::vector<Record>& records, std::uint64_t seed) {
  std::map<std::string, const Record*> shown;  // sorted by id
  for (const auto& record : records) shown.emplace(record.image_id, &record);
  std::vector<const Record*> images;
  for (const auto& [id, record] : shown) images.push_back(record);
  RandomStream stream(splitmix64_at(fnv1a64("shuffled images"), seed));
  for (std::size_t i = images.size(); i > 1; --i) std::swap(images[i - 1], images[stream.below(i - 1)]);
  std::size_t next = 0;
  for (auto& [id, record] : shown) record = images[next++];
  return shown;
}

ProcessedImage blank_image(const ImageProcessor& processor) {
  const auto& scaling = processor.scaling();
  Picture picture{.size = processor.native_size()};
  std::array<std::uint8_t, 3> mean{};
  for (std::size_t c = 0; c < 3; ++c)
    mean[c] = static_cast<std::uint8_t>(std::lround(scaling.mean[c] / scaling.rescale_factor));
  const auto pixels = picture.size.height * picture.size.width;
  picture.pixels.reserve(static_cast<std::size_t>(3 * pixels));
  for (std::int64_t i = 0; i < pixels; ++i) picture.pixels.insert(picture.pixels.end(), mean.begin(), mean.end());
  return processor.process(picture);
}

}  // namespace llama32med
