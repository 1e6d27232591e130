// Confidence intervals and standard errors that account for questions sharing images.
//
// Cluster bootstrap (Field and Welsh, JRSS B 2007): a resample draws as many images as there are, with replacement, and
// takes all items of each; the statistic is the mean over its items. Interval: the k-th smallest and the k-th largest
// of the R means, k = floor((R + 1) / 40) (Efron and Tibshirani 1993, section 13.3). Differences between two runs are
// resampled in the same way, so paired comparisons need no extra code.
//
// Identical on every machine and for any order of items: images are sorted by id, the draws are a pure function of
// (seed, number of images), and scores are multiples of 2^-30, summed as integers.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "llama32med/scoring/statistics.h"

namespace llama32med {

struct ImageScore {             // score of an item
  const std::string* image_id;  // must outlive the call
  double score = 0;             // -1 to 1
};

// The resamples are drawn once and reused for every subset of the items: closed and open, each value of a breakdown. A
// resample without items of a subset has no mean there and is left out.
class ImageBootstrap {
 public:
  static constexpr std::int64_t kResamples = 2000;
  static constexpr std::uint64_t kSeed = 0;

  // `image_ids`: in any order, duplicates allowed.
  explicit ImageBootstrap(std::vector<std::string> image_ids, std::uint64_t seed = kSeed);

  // 95 % interval of the mean. All images must be among `image_ids`. Empty for items of fewer than two images.
  std::optional<Interval> interval95(const std::vector<ImageScore>& scores) const;
  std::size_t images() const { return index_.size(); }

 private:
  std::unordered_map<std::string, std::size_t> index_;  // image id -> position in the sorted list
  std::vector<std::uint8_t> times_;                     // [images, R]: how often a resample contains an image
};

// Standard errors of the mean: for independent items, and clustered by image (Liang and Zeger 1986, as in Miller,
// "Adding error bars to evals", 2024):
//   naive^2 = sum_i (x_i - m)^2 / (n (n - 1)),   clustered^2 = sum_images (sum_{i of image} (x_i - m))^2 / n^2
struct Clustering {
  std::int64_t images = 0, items = 0;
  double naive_se = 0, clustered_se = 0;

  double ratio() const { return naive_se > 0 ? clustered_se / naive_se : 1; }
};
Clustering clustering_of(const std::vector<ImageScore>& scores);

}  // namespace llama32med
