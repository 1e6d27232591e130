#include "app/train/saved_state.h"

#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/weights/safetensors.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

// A state of run "abc", stage 1, step 7, as write_state() leaves it.
class SavedStateTest : public testing::Test {
 protected:
  void SetUp() override {
    StagePosition position;
    position.step = 7;
    json_ = {{"run", "abc"}, {"stage", 1}, {"position", position_json(position)}};
    write_part(kTrainedFile, "7");
    write_part(kOptimizerFile, "7");
    write_json(state_file(), json_);
  }

  std::filesystem::path state_file() const { return folder_ / std::string(kStateFile); }

  void write_part(const char* name, const std::string& step) const {
    write_safetensors(folder_ / name, {{"a", at::zeros({2})}}, {{"run", "abc"}, {"stage", "1"}, {"step", step}});
  }

  void refuse(const char* key, const Json& value, const char* part) {
    auto json = json_;
    json["position"][key] = value;
    write_json(state_file(), json);
    EXPECT_ERROR(read_state(folder_.path()), ErrorKind::kData, "state.json", part);
  }

  test::TempFolder folder_;
  Json json_;
};

TEST_F(SavedStateTest, IsReadAsWritten) {
  const auto state = read_state(folder_.path());
  EXPECT_EQ(state.identity.run, "abc");
  EXPECT_EQ(state.identity.stage, 1);
  EXPECT_EQ(state.position.step, 7);
}

TEST_F(SavedStateTest, PartsOfDifferentStatesAreNotCombined) {
  write_part(kOptimizerFile, "8");
  EXPECT_ERROR(read_state(folder_.path()), ErrorKind::kData, "optimizer.safetensors", "step 8", "step 7");
  write_safetensors(folder_ / kOptimizerFile, {{"a", at::zeros({2})}}, {});
  EXPECT_ERROR(read_state(folder_.path()), ErrorKind::kData, "optimizer.safetensors", "step unknown");
  std::filesystem::remove(folder_ / kOptimizerFile);
  EXPECT_ERROR(read_state(folder_.path()), ErrorKind::kData, "optimizer.safetensors");
}

TEST_F(SavedStateTest, PositionsThatCannotBeAreNamed) {
  refuse("step", -1, "\"step\" must be a whole number");
  refuse("epoch", -2, "\"epoch\" must be a whole number");
  for (const auto& json : {Json::object(), Json::array(), Json(3), Json{{"run", 1}, {"stage", 1}}}) {
    write_json(state_file(), json);
    EXPECT_ERROR(read_state(folder_.path()), ErrorKind::kData, "state.json");
  }
}

}  // namespace
}  // namespace llama32med
