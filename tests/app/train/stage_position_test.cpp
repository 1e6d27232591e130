#include "app/train/stage_position.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/json_object.h"
#include "support/expect_error.h"

namespace llama32med {
namespace {

StepReport report_of(double loss_sum, std::int64_t tokens) {
  return {.loss_sum = loss_sum, .tokens = tokens, .questions = 3};
}

TEST(StagePosition, AdvancesByTheReportOfAStep) {
  StagePosition position;
  position.advance(report_of(6, 4), 2);
  EXPECT_EQ(position.step, 1);
  EXPECT_EQ(position.step_of_epoch, 1);
  EXPECT_EQ(position.questions, 3);
  EXPECT_EQ(position.skipped_records, 2);
  EXPECT_EQ(position.last_loss, 1.5);
  position.advance({}, 4);  // every record of the step was skipped
  EXPECT_EQ(position.step, 2);
  EXPECT_EQ(position.skipped_records, 6);
  EXPECT_EQ(position.skipped_steps, 0);
  EXPECT_EQ(position.last_loss, 1.5);
}

TEST(StagePosition, ANonfiniteStepIsCountedButNotItsLoss) {
  StagePosition position;
  position.advance(report_of(6, 4), 0);
  auto broken = report_of(1e9, 1);
  broken.nonfinite = "the loss is inf";
  position.advance(broken, 0);
  EXPECT_EQ(position.step, 2);
  EXPECT_EQ(position.skipped_steps, 1);
  EXPECT_EQ(position.last_loss, 1.5);
}

TEST(StagePosition, AnEpochBeginsAtItsFirstStep) {
  StagePosition position;
  position.advance(report_of(1, 1), 0);
  position.begin_next_epoch();
  EXPECT_EQ(position.epoch, 1);
  EXPECT_EQ(position.step_of_epoch, 0);
  EXPECT_EQ(position.step, 1);
}

TEST(StagePosition, TheBestValidationIsTheLowestLossOrTheHighestAccuracy) {
  for (const auto metric : {ValidationMetric::kLoss, ValidationMetric::kAccuracy}) {
    const double sign = metric == ValidationMetric::kLoss ? 1 : -1;
    StagePosition position{.step = 10};
    EXPECT_TRUE(position.take_validation(sign * 2, metric));
    position.step = 20;
    EXPECT_FALSE(position.take_validation(sign * 2, metric)) << "as good is not better";
    EXPECT_FALSE(position.take_validation(sign * 3, metric));
    EXPECT_EQ(position.validations_without_gain, 2);
    EXPECT_EQ(position.best_step, 10);
    EXPECT_TRUE(position.take_validation(sign * 1, metric));
    EXPECT_EQ(position.validations_without_gain, 0);
    EXPECT_EQ(position.best_value, sign * 1);
    EXPECT_EQ(position.best_step, 20);
  }
}

TEST(StagePosition, ReadsBackTheSame) {
  StagePosition position{.step = 7,
                         .epoch = 2,
                         .step_of_epoch = 1,
                         .questions = 50,
                         .skipped_records = 3,
                         .skipped_steps = 1,
                         .last_loss = 0.1,
                         .best_step = 5,
                         .validations_without_gain = 1};
  for (const bool finished : {false, true}) {
    position.finished = finished;
    position.best_value = finished ? std::optional(1.0 / 3) : std::nullopt;
    const auto json = position_json(position);
    EXPECT_EQ(position_json(read_position(JsonObject(json, "state.json"))), json);
  }
}

TEST(StagePosition, AStateOfAnotherShapeNamesItsField) {
  const auto good = position_json({});
  const auto read = [](const Json& json) { return read_position(JsonObject(json, "state.json").section("position")); };
  const auto with = [&](const char* key, const Json& value) {
    auto position = good;
    position[key] = value;
    return read({{"position", position}});
  };
  constexpr auto kData = ErrorKind::kData;
  EXPECT_NO_THROW(read({{"position", good}}));
  for (const auto& json : {Json::array(), Json(5), Json("x"), Json()})
    EXPECT_ERROR(read(json), kData, "state.json: must be an object");
  EXPECT_ERROR(read(Json::object()), kData, "state.json: \"position\" is missing");
  EXPECT_ERROR(read({{"position", Json::array()}}), kData, "state.json: position: must be an object");
  EXPECT_ERROR(read({{"position", Json::object()}}), kData, "position: \"step\" is missing");
  for (const auto& step : {Json("x"), Json(-1), Json(1.5), Json(UINT64_MAX), Json(Json::array()), Json(true)})
    EXPECT_ERROR(with("step", step), kData, "\"step\" must be a whole number from 0 to", step.dump().c_str());
  EXPECT_ERROR(with("last_loss", "x"), kData, "\"last_loss\" must be a number, not \"x\"");
  EXPECT_ERROR(with("best_value", Json::object()), kData, "\"best_value\" must be a number");
  EXPECT_ERROR(with("finished", 1), kData, "\"finished\" must be true or false, not 1");
}

}  // namespace
}  // namespace llama32med
