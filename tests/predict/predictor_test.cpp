#include "llama32med/predict/predictor.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/data/by_image.h"
#include "support/temp_folder.h"
#include "support/tiny_task.h"

namespace llama32med {
namespace {

struct Predicting {
  std::unique_ptr<Backbone> model =
      load_backbone(test::golden("tiny/model"), {}, at::device(at::kCPU).dtype(at::kFloat));
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
  for (std::size_t cut = 0; cut <= whole.size(); cut += whole.size() / 11 + 1)
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

}  // namespace
}  // namespace llama32med
