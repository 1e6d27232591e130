#include "llama32med/scoring/bootstrap.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>

#include "llama32med/core/random.h"

namespace llama32med {
namespace {

constexpr double kUnit = 0x1p-30;  // scores are multiples of it; sums over 2^23 items are still exact in a double

double in_units(double score) { return std::nearbyint(score / kUnit); }

struct ScoreSum {
  double units = 0, count = 0;  // integers

  void add(double score) { units += in_units(score), count += 1; }
};

}  // namespace

ImageBootstrap::ImageBootstrap(std::vector<std::string> image_ids, std::uint64_t seed) {
  std::sort(image_ids.begin(), image_ids.end());
  image_ids.erase(std::unique(image_ids.begin(), image_ids.end()), image_ids.end());
  const std::size_t images = image_ids.size();
  for (std::size_t i = 0; i < images; ++i) index_.emplace(std::move(image_ids[i]), i);
  times_.assign(images * kResamples, 0);
  RandomStream draws(splitmix64_at(fnv1a64("image_bootstrap"), seed));
  for (std::int64_t r = 0; r < kResamples; ++r)
    for (std::size_t i = 0; i < images; ++i)
      ++times_[draws.below(images) * kResamples + static_cast<std::size_t>(r)];  // about 1 on average, never near 255
}

std::optional<Interval> ImageBootstrap::interval95(const std::vector<ImageScore>& scores) const {
  if (scores.empty()) return std::nullopt;
  std::unordered_map<std::size_t, ScoreSum> sums;  // any order of images will do: sums are exact
  for (const auto& [image_id, score] : scores) sums[index_.at(*image_id)].add(score);
  if (sums.size() < 2) return std::nullopt;                   // resamples of one image are all the same
  std::vector<double> units(kResamples), counts(kResamples);  // per resample
  for (const auto& [image, sum] : sums) {
    const std::uint8_t* times = &times_[image * kResamples];
    for (std::int64_t r = 0; r < kResamples; ++r) {
      units[r] += times[r] * sum.units;
      counts[r] += times[r] * sum.count;
    }
  }
  std::vector<double> means;
  for (std::int64_t r = 0; r < kResamples; ++r)
    if (counts[r] > 0) means.push_back(units[r] / counts[r] * kUnit);
  if (means.empty()) return std::nullopt;
  std::sort(means.begin(), means.end());
  const std::size_t k = std::max<std::size_t>(1, (means.size() + 1) / 40);
  return Interval{means[k - 1], means[means.size() - k]};
}

Clustering clustering_of(const std::vector<ImageScore>& scores) {
  Clustering result;
  std::map<std::string_view, std::vector<double>> by_image;
  ScoreSum all;
  for (const auto& [image_id, score] : scores) {
    by_image[*image_id].push_back(score);
    all.add(score);
  }
  result.items = static_cast<std::int64_t>(scores.size()), result.images = static_cast<std::int64_t>(by_image.size());
  if (scores.size() < 2) return result;
  const double n = all.count, mean = all.units / n * kUnit;
  double squares = 0, clustered = 0;
  for (auto& [image, of_image] : by_image) {
    std::sort(of_image.begin(), of_image.end());
    double sum = 0;
    for (const double score : of_image) {
      squares += (score - mean) * (score - mean);
      sum += score - mean;
    }
    clustered += sum * sum;
  }
  result.naive_se = std::sqrt(squares / (n * (n - 1)));
  result.clustered_se = std::sqrt(clustered) / n;
  return result;
}

}  // namespace llama32med
