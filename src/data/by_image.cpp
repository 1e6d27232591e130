#include "llama32med/data/by_image.h"

#include <map>
#include <utility>

namespace llama32med {

std::vector<RecordIndices> group_by_image(const std::vector<Record>& records) {
  std::vector<RecordIndices> groups;
  std::map<std::string, std::size_t> found;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto [place, is_new] = found.emplace(records[i].image_id, groups.size());
    if (is_new) groups.emplace_back();
    groups[place->second].push_back(i);
  }
  return groups;
}

std::vector<Record> order_by_image(std::vector<Record> records) {
  std::vector<Record> ordered;
  ordered.reserve(records.size());
  for (const auto& group : group_by_image(records))
    for (const auto i : group) ordered.push_back(std::move(records[i]));
  return ordered;
}

}  // namespace llama32med
