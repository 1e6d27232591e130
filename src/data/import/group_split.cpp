#include "data/import/group_split.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "llama32med/core/error.h"
#include "llama32med/core/random.h"

namespace llama32med {
namespace {

struct Ranked {
  std::uint64_t rank;
  const std::string* name;
  std::size_t group;
};

std::vector<Ranked> ranked(const std::vector<std::string>& names, std::uint64_t seed) {
  std::vector<Ranked> groups;
  for (std::size_t i = 0; i < names.size(); ++i)
    groups.push_back({splitmix64_at(fnv1a64("import: " + names[i]), seed), &names[i], i});
  std::ranges::sort(groups, {}, [](const Ranked& group) { return std::tie(group.rank, *group.name); });
  return groups;
}

std::size_t count_of(double share, std::size_t groups, std::size_t most) {
  if (share <= 0) return 0;
  const auto wanted = static_cast<std::size_t>(std::lround(share * static_cast<double>(groups)));
  return std::min(std::max<std::size_t>(wanted, 1), most);
}

}  // namespace

std::vector<std::uint32_t> split_groups(const std::vector<std::string>& names, const SplitShares& shares,
                                        std::uint64_t seed) {
  const double rest = 1 - shares.validate - shares.test;
  if (!(shares.validate >= 0 && shares.test >= 0 && rest > -1e-9))
    throw usage_error("shares of validation {} and test {}: each must be 0 to 1, and at most 1 together",
                      shares.validate, shares.test);
  std::vector<std::uint32_t> splits(names.size(), 0);
  const auto groups = ranked(names, seed);
  const auto most = rest < 1e-9 ? groups.size() : groups.size() - std::min<std::size_t>(groups.size(), 1);
  const auto test = count_of(shares.test, groups.size(), most);
  const auto validate = count_of(shares.validate, groups.size(), most - test);
  for (std::size_t i = 0; i < test + validate; ++i) splits[groups[i].group] = i < test ? 2 : 1;
  return splits;
}

ImportLeaks leaks_of(const std::vector<PlacedRecord>& records, std::uint32_t train) {
  std::set<std::uint32_t> images, patients, leaked_images, leaked_patients;
  for (const auto& record : records)
    if (record.split == train) images.insert(record.image), patients.insert(record.patient);
  patients.erase(kNoPatient);
  ImportLeaks leaks;
  for (const auto& record : records) {
    if (record.split == train) continue;
    const bool image = images.contains(record.image), patient = patients.contains(record.patient);
    leaks.records += image || patient;
    if (image) leaked_images.insert(record.image);
    if (patient) leaked_patients.insert(record.patient);
  }
  leaks.images = std::ssize(leaked_images), leaks.patients = std::ssize(leaked_patients);
  return leaks;
}

}  // namespace llama32med
