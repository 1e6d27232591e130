// Divides records by image, so that no image is on both sides. The same on every machine.
#pragma once
#include <cstdint>
#include <vector>

#include "llama32med/data/record.h"

namespace llama32med {

struct Carving {
  std::vector<Record> rest, carved;  // both in the order they came in
};

// Takes round(share * images) images, at least one and never all, in an order that depends on nothing but `seed` and
// the image ids; all records of an image go with it. `share` is in (0, 1). Fewer than two images: nothing is carved.
Carving carve_by_image(std::vector<Record> records, double share, std::uint64_t seed);

}  // namespace llama32med
