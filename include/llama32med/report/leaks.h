// The parts of the test set that a model may have seen in training: images (by id, by contents, as near-duplicates),
// questions, triples; and its scores on seen and unseen items.
//
// Near-duplicates are only candidates, because medical images look alike. Each is listed with its distance.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/data/dataset.h"
#include "llama32med/report/train_overlap.h"
#include "llama32med/scoring/estimate.h"

namespace llama32med {

enum class ImageLooks {
  kIgnore,   // image files are not opened: overlaps by id and by text only
  kCompare,  // files are hashed (SHA-256) and decoded (perceptual hash): about 10 ms per image
};

struct NearDuplicate {
  std::string test_image, train_image;  // ids
  int distance = 0;                     // Hamming distance of their 64-bit perceptual hashes
};

struct Leaks {
  std::int64_t train_records = 0, test_records = 0, train_images = 0, test_images = 0;
  // test images that are in train
  std::int64_t images_by_id = 0;
  std::optional<std::int64_t> images_by_contents;  // with the same bytes, under any id
  std::optional<std::int64_t> unreadable_images;
  std::vector<NearDuplicate> near_duplicates;  // pairs with different ids and bytes; nearest first
  // test records
  std::int64_t records_of_seen_images = 0, questions = 0, image_questions = 0, triples = 0, references = 0;
};

struct LeakScore {   // scores of items with and without the named overlap
  std::string name;  // image, question, image and question, ...
  Estimate leaked, clean;
};

// `overlaps`: train_overlaps() of the two sets.
Leaks find_leaks(const std::vector<Record>& train, const std::vector<Record>& test, const TrainOverlaps& overlaps,
                 ImageLooks looks);
std::vector<LeakScore> leak_scores(const std::vector<ScoredItem>& items, const Estimator& estimator,
                                   const TrainOverlaps& overlaps);

Json leaks_json(const Leaks& leaks, const std::vector<LeakScore>& scores);
std::string leaks_markdown(const Leaks& leaks, const std::vector<LeakScore>& scores);

}  // namespace llama32med
