// The records of each step of an epoch, and their texts and images, loaded ahead while the model computes.
//
// The division into steps is a pure function of records, config, seed and epoch, so that a resumed run needs no state
// except its position.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/core/read_ahead.h"
#include "llama32med/data/by_image.h"
#include "llama32med/data/record.h"
#include "llama32med/data/sample_encoder.h"
#include "llama32med/image/image_processor.h"

namespace llama32med {

enum class Batching {
  kByImage,    // images are shuffled; all questions of an image are in one step, which encodes it once
  kByQuestion  // questions are shuffled, as is usual; an image is still encoded only once per step
};
constexpr auto names_of(Batching) {
  return std::array{Named{"by_image", Batching::kByImage}, Named{"by_question", Batching::kByQuestion}};
}

struct LoaderConfig {
  Batching batching = Batching::kByImage;
  std::int64_t batch_size = 8;
  std::int64_t max_tokens = 1024;

  static void describe(auto& c, auto&& field) {
    field("batching", c.batching,
          "by_image keeps all questions of an image in one step; by_question shuffles all questions");
    field("batch_size", c.batch_size, "questions per step; by_image adds whole images until the step has this many",
          InRange{1, 1e6});
    field("max_tokens", c.max_tokens, "maximum length of a training text, in tokens; longer texts are truncated",
          InRange{2, 1e6});
  }
};

// Every record once, divided into steps. Before shuffling, images are in order of first appearance.
std::vector<RecordIndices> epoch_steps(const std::vector<Record>& records, const LoaderConfig& config,
                                       std::uint64_t seed, std::int64_t epoch);

struct TrainingStep {
  struct Picture {
    std::string image_id;
    ProcessedImage image;
  };
  struct Row {
    const Record* record;
    TrainingText text;
    std::size_t picture;  // index of its image
  };
  std::vector<Picture> pictures;  // each once
  std::vector<Row> rows;          // rows of an image are adjacent
  std::vector<SkippedRecord> skipped;
};

std::string ids_of(const TrainingStep& step);  // ids of its records, for error messages

// Loads the records of a step. Skips unreadable images, and texts whose answer would be truncated completely.
TrainingStep load_step(const std::vector<Record>& records, const RecordIndices& step, const SampleEncoder& encoder,
                       std::int64_t max_tokens);

// Returns steps in order and loads one ahead on its own thread. Borrows records and encoder.
class Loader {
 public:
  Loader(const std::vector<Record>& records, std::vector<RecordIndices> steps, const SampleEncoder& encoder,
         std::int64_t max_tokens);

  TrainingStep next();  // the next of `steps`; must not be called after the last
  bool done() const { return left_ == 0; }

 private:
  std::size_t left_;  // steps
  ReadAhead<TrainingStep> ahead_;
};

}  // namespace llama32med
