// Which records make each step of an epoch, and their texts and pictures, read ahead while the model computes.
//
// The division into steps is a pure function of records, config, seed and epoch, so that a run that goes on in the
// middle needs no state but its position.
#pragma once
#include <cstdint>
#include <future>
#include <string>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/data/record.h"
#include "llama32med/data/sample_encoder.h"
#include "llama32med/image/image_processor.h"

namespace llama32med {

enum class Batching {
  kByImage,    // images are shuffled; all questions of an image are in one step, which pays its vision side once
  kByQuestion  // questions are shuffled, as everyone else does; within a step an image is still encoded once
};
constexpr auto names_of(Batching) {
  return std::array{Named{"by_image", Batching::kByImage}, Named{"by_question", Batching::kByQuestion}};
}

struct LoaderConfig {
  Batching batching = Batching::kByImage;
  std::int64_t batch_size = 8;
  std::int64_t max_tokens = 1024;

  static void describe(auto& c, auto&& field) {
    field("batching", c.batching, "by_image keeps an image's questions in one step; by_question shuffles them all");
    field("batch_size", c.batch_size, "questions a step; by_image takes whole images until it has so many",
          InRange{1, 1e6});
    field("max_tokens", c.max_tokens, "a longer text is cut", InRange{2, 1e6});
  }
};

using StepRecords = std::vector<std::size_t>;  // indices of records

// Every record once, in steps. Images by first appearance before they are shuffled.
std::vector<StepRecords> epoch_steps(const std::vector<Record>& records, const LoaderConfig& config, std::uint64_t seed,
                                     std::int64_t epoch);

struct TrainingStep {
  struct Picture {
    std::string image_id;
    ProcessedImage image;
  };
  struct Row {
    const Record* record;
    TrainingText text;
    std::size_t picture;  // its index
  };
  std::vector<Picture> pictures;  // each once
  std::vector<Row> rows;          // those of a picture stand together
  std::vector<SkippedRecord> skipped;
};

// Reads the records of a step. A picture that cannot be read, or a text that keeps no answer when cut, is skipped.
TrainingStep load_step(const std::vector<Record>& records, const StepRecords& step, const SampleEncoder& encoder,
                       std::int64_t max_tokens);

// Gives steps in order and reads one ahead on a thread of its own. Borrows all it is given.
class Loader {
 public:
  Loader(const std::vector<Record>& records, std::vector<StepRecords> steps, const SampleEncoder& encoder,
         std::int64_t max_tokens);

  TrainingStep next();  // of `steps`, from the first; not to be called when none is left
  bool done() const { return given_ == steps_.size(); }

 private:
  void read_ahead();

  const std::vector<Record>* records_;
  std::vector<StepRecords> steps_;
  const SampleEncoder* encoder_;
  std::int64_t max_tokens_;
  std::size_t given_ = 0;
  std::future<TrainingStep> ahead_;  // its end waits for the reading
};

}  // namespace llama32med
