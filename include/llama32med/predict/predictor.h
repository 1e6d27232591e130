// Predicts answers for a dataset: groups the records by image, runs the vision encoder once per image, and writes
// predictions as they are made.
//
// Order: images by first appearance, the records of an image in dataset order. A batch consists of whole images and is
// decoded together, because matrix products with few rows are slow. The computation does not depend on where an earlier
// run was interrupted, so a resumed run writes the same file as an uninterrupted one. If an image cannot be read, the
// prediction for its records is "" with the reason: they count as wrong and appear in the report. Beside a
// GPU, threads read, hash and resize the next images while it computes, which changes neither results nor errors.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/core/read_ahead.h"
#include "llama32med/data/dataset.h"
#include "llama32med/data/sample_encoder.h"
#include "llama32med/generate/generator.h"
#include "llama32med/predict/image_condition.h"
#include "llama32med/scoring/item.h"
#include "llama32med/scoring/prediction_file.h"

namespace llama32med {

struct PredictConfig {
  std::int64_t questions_per_batch = 32;
  std::int64_t images_per_batch = 8;
  std::int64_t images_per_pass = 0;
  ImageCondition images = ImageCondition::kNormal;
  std::int64_t shuffle_seed = 0;

  static void describe(auto& c, auto&& field) {
    field("questions_per_batch", c.questions_per_batch,
          "questions per batch; whole images are added until the batch has this many", InRange{1, 4096});
    field("images_per_batch", c.images_per_batch,
          "maximum number of images per batch; each keeps its keys and values in memory", InRange{1, 1024});
    field("images_per_pass", c.images_per_pass,
          "images per pass through the vision encoder; 0: one on a CPU, the whole batch on a GPU", InRange{0, 1024});
    field("images", c.images,
          "images the model sees: normal; or shuffled, blank or none, to measure what the images contribute");
    field("shuffle_seed", c.shuffle_seed, "seed of the permutation for images=shuffled");
  }
};

struct PredictProgress {
  std::size_t done = 0, total = 0;       // records, including those of earlier runs
  std::size_t computed = 0, images = 0;  // records and images processed by this run
  double vision_seconds = 0, decode_seconds = 0;
};

// The batches that one of `count` processes answers: batch `index`, index + count, ... A batch's composition and its
// answers do not depend on it.
struct Shard {
  std::size_t index = 0, count = 1;

  bool is_whole() const { return count == 1; }
  bool has(std::size_t batch) const { return batch % count == index; }
};

// What a run answers, and what it need not.
struct PredictShare {
  Shard shard = {};
  std::map<std::string, std::string> answered = {};  // lines by the item's id: a batch that is all there is copied
};

class Predictor {
 public:
  using OnProgress = std::function<void(const PredictProgress&)>;
  struct ImageGroup {  // an image and the records that ask about it
    std::vector<const Record*> records;
  };

  Predictor(const Backbone& model, const SampleEncoder& encoder, const GenerateConfig& generate,
            const PredictConfig& config);

  // Predictions are written in the order of order_by_image() (data/by_image.h), whatever the order of the dataset.
  PredictProgress run(const Dataset& dataset, PredictionFile& file, const OnProgress& on_progress,
                      const PredictShare& share = {});
  // The records that a shard answers, in this order.
  std::vector<Record> records_of(const Shard& shard, const std::vector<Record>& records) const;

 private:
  struct Batch;
  struct ImageFile;  // what was read of an image
  using ImageFiles = ReadAhead<ImageFile>;
  using Groups = std::vector<ImageGroup>::const_iterator;
  std::vector<Batch> batches_of(const Shard& shard, const std::vector<Record>& records) const;
  std::ptrdiff_t batch_size(Groups begin, Groups end) const;
  ReadAheadSize images_ahead() const;
  ImageFile read(const Record& record) const;  // called by several threads
  ProcessedImage image_of(const Record& record) const;
  Item item_of(const Batch& batch, std::size_t index) const;
  void run_batch(Batch& batch, ImageFiles& files, const std::function<void(const std::string& line)>& write,
                 PredictProgress& progress) const;
  void encode(Batch& batch, ImageFiles& files, PredictProgress& progress) const;
  void answer(Batch& batch, PredictProgress& progress) const;

  const Backbone* model_;
  const SampleEncoder* encoder_;
  Generator generator_;
  PredictConfig config_;
  std::map<std::string, const Record*> shuffled_;  // for the current dataset
};

}  // namespace llama32med
