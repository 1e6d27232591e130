#include "llama32med/data/split.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <set>
#include <string>

#include "llama32med/core/random.h"

namespace llama32med {

Carving carve_by_image(std::vector<Record> records, double share, std::uint64_t seed) {
  assert(share > 0 && share < 1);
  std::set<std::string> sorted;  // sorted: the result must not depend on the order of records
  for (const auto& record : records) sorted.insert(record.image_id);
  std::vector<std::string> images(sorted.begin(), sorted.end());
  Carving out;
  if (images.size() < 2) {
    out.rest = std::move(records);
    return out;
  }
  RandomStream(splitmix64_at(fnv1a64("carve_by_image"), seed)).shuffle(images);
  const auto wanted = static_cast<std::size_t>(std::lround(share * static_cast<double>(images.size())));
  images.resize(std::clamp<std::size_t>(wanted, 1, images.size() - 1));
  const std::set<std::string> chosen(images.begin(), images.end());
  for (auto& record : records) (chosen.contains(record.image_id) ? out.carved : out.rest).push_back(std::move(record));
  return out;
}

}  // namespace llama32med
