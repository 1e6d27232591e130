// Splits records by image, so that no image is on both sides. The same on every machine.
#pragma once
#include <cstdint>
#include <vector>

#include "llama32med/data/record.h"

namespace llama32med {

struct Carving {
  std::vector<Record> rest, carved;  // both in the order given
};

// Carves out round(share * images) images, at least one and never all, chosen by `seed` and the image ids alone, with
// all their records. `share` is in (0, 1). With fewer than two images, nothing is carved.
Carving carve_by_image(std::vector<Record> records, double share, std::uint64_t seed);

}  // namespace llama32med
