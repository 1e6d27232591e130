// What the model is shown in place of an item's image, to find out how much of a score the image earned.
//
//   normal    the image
//   shuffled  another image of the same dataset, the same for all questions of an image, never its own (seeded)
//   blank     one tile of the mean color: exact zeros after normalization but for rounding
//   none      nothing: the question alone, as a text-only prompt
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

// For each image id a record that shows another image: one cycle through all images, so that none keeps its own
// (Sattolo 1986). Depends on the set of images and the seed alone. One image alone keeps its own.
std::map<std::string, const Record*> shuffled_images(const std::vector<Record>& records, std::uint64_t seed);

ProcessedImage blank_image(const ImageProcessor& processor);

}  // namespace llama32med
