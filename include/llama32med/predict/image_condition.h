// Which image the model sees instead of an item's own, to measure how much the images contribute to a score.
//
//   normal    the image
//   shuffled  another image of the same dataset, never its own, the same for all questions about an image (seeded)
//   blank     one tile of the mean color: zero after normalization, up to rounding
//   none      no image: the question alone, as a text-only prompt
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/data/record.h"
#include "llama32med/image/image_processor.h"

namespace llama32med {

enum class ImageCondition { kNormal, kShuffled, kBlank, kNone };
constexpr auto names_of(ImageCondition) {
  return std::array{Named{"normal", ImageCondition::kNormal}, Named{"shuffled", ImageCondition::kShuffled},
                    Named{"blank", ImageCondition::kBlank}, Named{"none", ImageCondition::kNone}};
}

// Maps each image id to a record with another image. The permutation is a single cycle through all images, so that no
// image keeps its own (Sattolo 1986). It depends only on the set of images and the seed. A single image is mapped to
// itself.
std::map<std::string, const Record*> shuffled_images(const std::vector<Record>& records, std::uint64_t seed);

ProcessedImage blank_image(const ImageProcessor& processor);

}  // namespace llama32med
