// Records grouped by image: an image is encoded once for all that is asked about it.
#pragma once
#include <cstddef>
#include <vector>

#include "llama32med/data/record.h"

namespace llama32med {

using RecordIndices = std::vector<std::size_t>;

// The records of each image by their indices: images by first appearance, an image's records in their order.
std::vector<RecordIndices> group_by_image(const std::vector<Record>& records);

// The same records, those of an image next to each other.
std::vector<Record> order_by_image(std::vector<Record> records);

}  // namespace llama32med
