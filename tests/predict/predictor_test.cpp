#include "llama32med/predict/predictor.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/data/by_image.h"
#include "llama32med/tensor/device.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "support/tiny_task.h"

#ifndef LLAMA32MED_TEST_DEVICE
#define LLAMA32MED_TEST_DEVICE "cpu"  // tests/device runs the same tests where images are read ahead
#endif

namespace llama32med {
namespace {

struct Predicting {
  explicit Predicting(const at::Device& device = parse_device(LLAMA32MED_TEST_DEVICE))
      : model(load_backbone(test::golden("tiny/model"), {}, at::device(device).dtype(at::kFloat))) {}

  std::unique_ptr<Backbone> model;
  test::TinyEncoder task;
  Dataset dataset{.name = "records", .split = "test", .records = test::tiny_records()};
  PredictConfig config{.questions_per_batch = 3, .images_per_batch = 2};
  test::TempFolder folder;

  // The contents, after a run, of a file that contained `before`.
  std::string answer(const std::string& before = "") {
    const auto path = folder / "predictions.jsonl";
    write_file(path, before);
    PredictionFile file(path, order_by_image(dataset.records));
    Predictor predictor(*model, task.encoder, {.max_new_tokens = 6}, config);
    predictor.run(dataset, file, [](const PredictProgress&) {});
    return read_file(path);
  }
};

std::vector<Json> lines_of(const std::string& text) {
  std::vector<Json> lines;
  for (const auto& line : split(text, '\n'))
    if (!line.empty()) lines.push_back(parse_json(line, "predictions.jsonl"));
  return lines;
}

TEST(Predictor, LinesDoNotDependOnWhereARunWasInterrupted) {
  Predicting predicting;
  const auto whole = predicting.answer();
  ASSERT_EQ(lines_of(whole).size(), predicting.dataset.records.size());
  for (std::size_t cut = 0; cut <= whole.size(); cut += whole.size() / 5 + 1)
    EXPECT_EQ(predicting.answer(whole.substr(0, cut)), whole) << "cut off after " << cut << " bytes";
}

TEST(Predictor, AnswersEveryRecordOnceGroupedByImage) {
  Predicting predicting;
  std::vector<std::string> ids;
  for (const auto& line : lines_of(predicting.answer())) ids.push_back(line["item_id"]);
  EXPECT_EQ(ids, (std::vector<std::string>{"0", "2", "1", "4", "3"}));
}

TEST(Predictor, AnUnreadableImageGivesAnEmptyAnswerWithAReason) {
  Predicting predicting;
  const auto whole = lines_of(predicting.answer());
  for (auto& record : predicting.dataset.records)
    if (record.image_id == "palette_48x64") record.image = predicting.folder / "absent.png";
  const auto lines = lines_of(predicting.answer());
  ASSERT_EQ(lines.size(), whole.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool absent = lines[i]["item_id"] == "1" || lines[i]["item_id"] == "4";
    EXPECT_EQ(lines[i].value("error", "").find("absent.png") != std::string::npos, absent) << lines[i];
    EXPECT_EQ(lines[i]["prediction_raw"], absent ? Json("") : whole[i]["prediction_raw"]);
  }
}

TEST(Predictor, WithoutImagesNoAnswerDependsOnThem) {
  Predicting predicting;
  predicting.config.images = ImageCondition::kNone;
  const auto text_only = lines_of(predicting.answer());
  for (auto& record : predicting.dataset.records) record.image = predicting.folder / "absent.png";
  const auto without = lines_of(predicting.answer());
  for (std::size_t i = 0; i < without.size(); ++i)
    EXPECT_EQ(without[i]["prediction_raw"], text_only[i]["prediction_raw"]);
}

class Threads {  // libtorch's, while in scope; beside a GPU, this many read images
 public:
  explicit Threads(int count) { at::set_num_threads(count); }
  ~Threads() { at::set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_ = at::get_num_threads();
};

// Many small batches, and an image that cannot be read.
struct ManyBatches : Predicting {
  explicit ManyBatches(const at::Device& device = parse_device(LLAMA32MED_TEST_DEVICE)) : Predicting(device) {
    auto& records = dataset.records;
    for (std::size_t i = 0; i < 10; ++i) {
      auto record = records[i % 5];
      record.id = "more " + std::to_string(i), record.image_id = std::to_string(i / 2);
      if (record.image_id == "3") record.image = folder / "absent.png";
      records.push_back(record);
    }
  }
};

// What an answer says, without the last bits of probabilities, which depend on the number of threads that compute.
std::vector<std::string> answers_in(const std::string& file, const test::TempFolder& folder) {
  std::vector<std::string> answers;
  for (const auto& line : lines_of(file)) {
    auto text = fmt::format("{} {} {} {}", line["item_id"].dump(), line["prediction_raw"].dump(),
                            line.value("image_sha256", ""), line.value("error", ""));
    answers.push_back(replaced(std::move(text), folder.path().string(), "."));
  }
  return answers;
}

TEST(Predictor, ImagesReadAheadChangeNothing) {
  ManyBatches alone(at::kCPU), predicting;
  const auto expected = answers_in(alone.answer(), alone.folder);
  for (const int threads : {1, 4}) {
    const Threads some(threads);
    EXPECT_EQ(answers_in(predicting.answer(), predicting.folder), expected) << threads;
  }
  const auto whole = predicting.answer();
  EXPECT_EQ(predicting.answer(whole.substr(0, whole.size() / 2)), whole) << "resumed";
}

TEST(Predictor, ImagesOfOtherRecordsReadAheadChangeNothing) {
  const Threads some(4);
  ManyBatches alone(at::kCPU), predicting;
  alone.config.images = predicting.config.images = ImageCondition::kShuffled;
  EXPECT_EQ(answers_in(predicting.answer(), predicting.folder), answers_in(alone.answer(), alone.folder));
}

// A file that can be opened but not read.
constexpr const char* kFaulty = "/proc/self/mem";

TEST(Predictor, AFaultOfTheMachineComesAfterThePredictionsBeforeIt) {
  std::vector<std::vector<std::string>> written;
  std::vector<std::string> errors;
  for (const int threads : {1, 4}) {
    const Threads some(threads);
    ManyBatches predicting;
    for (auto& record : predicting.dataset.records)
      if (record.image_id == "4") record.image = kFaulty;
    try {
      predicting.answer();
      ADD_FAILURE() << "no error was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kResource);
      errors.emplace_back(error.what());
    }
    written.push_back(answers_in(read_file(predicting.folder / "predictions.jsonl"), predicting.folder));
  }
  EXPECT_EQ(errors[0], errors[1]);
  EXPECT_NE(errors[0].find(kFaulty), std::string::npos) << errors[0];
  EXPECT_EQ(written[0], written[1]);
  EXPECT_GT(written[0].size(), 5u);
  EXPECT_LT(written[0].size(), 15u);
}

// As when a user presses Ctrl-C: the report of progress throws.
TEST(Predictor, StopsWhereProgressIsReported) {
  const Threads several(2);
  ManyBatches predicting;
  const auto path = predicting.folder / "predictions.jsonl";
  PredictionFile file(path, order_by_image(predicting.dataset.records));
  Predictor predictor(*predicting.model, predicting.task.encoder, {.max_new_tokens = 6}, predicting.config);
  std::size_t computed = 0;
  const auto stop = [&](const PredictProgress& progress) {
    computed = progress.computed;
    if (computed > 0) throw Error(ErrorKind::kStopped, "stopped");
  };
  EXPECT_ERROR(predictor.run(predicting.dataset, file, stop), ErrorKind::kStopped, "stopped");
  EXPECT_EQ(lines_of(read_file(path)).size(), computed);
  EXPECT_LT(computed, 10u);
}

}  // namespace
}  // namespace llama32med
