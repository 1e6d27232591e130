// `plan` and loading share one config reader: given random mutations of a config, they accept the same ones and reject
// the others with the same error messages.
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <map>

#include "app/plan/plan.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/random.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/models/init_folder.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

constexpr int kMutations = 500;
const std::string kWhere = "config.json";

Json tiny() { return read_json(test::golden("tiny/model/config.json")); }

// Tensors of any shape, expanded from a single zero, so that a model needs no memory.
class Zeros final : public WeightSource {
 public:
  explicit Zeros(const std::vector<NamedShape>& tensors) {
    for (const auto& [name, shape] : tensors) shapes_[name] = shape;
  }
  bool has(const std::string& name) const override { return shapes_.contains(name); }
  TensorInfo info(const std::string& name) const override { return {at::kFloat, shapes_.at(name)}; }
  at::Tensor read(const std::string& name, const at::TensorOptions& target) const override {
    return at::zeros({1}, target).expand(shapes_.at(name));
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const auto& [name, shape] : shapes_) names.push_back(name);
    return names;
  }
  std::string where() const override { return "zeros"; }

 private:
  std::map<std::string, std::vector<std::int64_t>> shapes_;
};

// The message of the error that an action throws; "" if it succeeds. Any other exception is a bug and ends the test.
template <class Action>
std::string refusal(Action action) {
  try {
    action();
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
    return error.what();
  }
}

void plan(const Json& config) {
  plan_stage({.model = read_outline(config, kWhere), .target = at::device(at::kCPU).dtype(at::kFloat)});
}

void load(const Json& config, const WeightSource& weights) {
  load_backbone({config, kWhere, weights}, {}, at::device(at::kCPU).dtype(at::kFloat));
}

// ---- mutations ------------------------------------------------------------------------------------------------------

void add_places(const Json& json, const Json::json_pointer& here, std::vector<Json::json_pointer>& places) {
  if (!here.empty()) places.push_back(here);
  if (json.is_object())
    for (const auto& [key, value] : json.items()) add_places(value, here / key, places);
  if (json.is_array())
    for (std::size_t i = 0; i < json.size(); ++i) add_places(json[i], here / i, places);
}

Json another_value(RandomStream& random) {
  static const Json kValues = {0,
                               1,
                               -1,
                               2,
                               3,
                               4,
                               8,
                               64,
                               1000,
                               1LL << 40,
                               0.5,
                               -2.0,
                               true,
                               false,
                               "",
                               "x",
                               "48",
                               Json::array(),
                               Json::object(),
                               {0},
                               {1, 1},
                               {{1, 2}},
                               {{"rope_type", "llama3"}},
                               "llama3",
                               "silu",
                               "bitsandbytes"};
  return kValues[random.below(kValues.size())];
}

Json near_value(const Json& value, RandomStream& random) {
  if (!value.is_number_integer()) return another_value(random);
  const auto number = value.get<std::int64_t>();
  const std::int64_t near[] = {number + 1, number - 1, number * 2, number / 2, -number, number * 3};
  return near[random.below(std::size(near))];
}

void mutate(Json& config, RandomStream& random) {
  std::vector<Json::json_pointer> places;
  add_places(config, Json::json_pointer(), places);
  const auto place = places[random.below(places.size())];
  auto& value = config[place];
  switch (random.below(5)) {
    case 0:  // removed
      if (config[place.parent_pointer()].is_object()) config[place.parent_pointer()].erase(place.back());
      return;
    case 1:
      value = another_value(random);
      return;
    case 2:
      value = near_value(value, random);
      return;
    case 3:
      value = nullptr;
      return;
    default:  // nested one level deeper
      value = random.below(2) == 0 ? Json::array({value}) : Json{{"value", value}};
  }
}

TEST(ConfigMutations, PlanAndLoadingAcceptTheSameConfigsAndGiveTheSameErrors) {
  RandomStream random(fnv1a64("config mutations"));
  int accepted = 0;
  for (int i = 0; i < kMutations; ++i) {
    auto config = tiny();
    for (auto rest = 1 + random.below(2); rest > 0; --rest) mutate(config, random);
    SCOPED_TRACE(config.dump());
    const auto by_plan = refusal([&] { plan(config); });
    const auto tensors = by_plan.empty() ? read_outline(config, kWhere)->tensors() : std::vector<NamedShape>();
    EXPECT_EQ(refusal([&] { load(config, Zeros(tensors)); }), by_plan);
    if (by_plan.empty()) ++accepted;
    EXPECT_TRUE(by_plan.empty() || by_plan.starts_with(kWhere + ": ")) << by_plan;
  }
  EXPECT_GT(accepted, kMutations / 10);  // both outcomes are frequent
  EXPECT_LT(accepted, kMutations * 9 / 10);
}

// ---- three configs that plan and loading used to read differently ---------------------------------------------------

class ModelFolder : public testing::Test {
 protected:
  // A folder for a model with random weights.
  explicit ModelFolder() : model_(folder_ / "model") {}

  void write(const Json& config) {
    write_json(folder_ / "given.json", config);
    write_random_checkpoint(model_, {.model_config = folder_ / "given.json"});
  }
  void change(const Json& config) { write_json(model_ / "config.json", config); }

  std::string refused_by_plan() const {
    StageConfig stage;
    stage.prompt.file = (test::source_folder() / "prompts/radiologist_vqa.txt").string();
    return refusal([&] {
      plan_stage(plan_request({RunConfig{}, 2, stage, at::device(at::kCPU).dtype(at::kFloat)}, {}, model_));
    });
  }
  std::string refused_by_loading() const {
    return refusal([&] { load_backbone(model_, {}, at::device(at::kCPU).dtype(at::kFloat)); });
  }

 private:
  test::TempFolder folder_;
  std::filesystem::path model_;
};

TEST_F(ModelFolder, KeyValueHeadsDefaultToHeads) {
  auto config = tiny();
  config["text_config"]["num_key_value_heads"] = 4;
  write(config);
  config["text_config"].erase("num_key_value_heads");
  change(config);
  EXPECT_EQ(refused_by_plan(), "");
  EXPECT_EQ(refused_by_loading(), "");
}

TEST_F(ModelFolder, WithoutAspectRatiosBothFail) {
  auto config = tiny();
  write(config);
  config["vision_config"].erase("supported_aspect_ratios");
  change(config);
  EXPECT_NE(refused_by_plan().find("vision_config: \"supported_aspect_ratios\" is missing"), std::string::npos);
  EXPECT_EQ(refused_by_loading(), refused_by_plan());
}

TEST_F(ModelFolder, OneIntermediateLayerMayBeANumber) {
  auto config = tiny();
  config["vision_config"]["intermediate_layers_indices"] = 1;
  config["vision_config"]["vision_output_dim"] = 64;
  write(config);
  EXPECT_EQ(refused_by_plan(), "");
  EXPECT_EQ(refused_by_loading(), "");
}

}  // namespace
}  // namespace llama32med
