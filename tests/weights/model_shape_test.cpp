#include "llama32med/weights/model_shape.h"

#include "llama32med/core/files.h"
#include "llama32med/weights/checkpoint.h"
#include "llama32med/weights/init_folder.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

ModelShape shape_of(const std::filesystem::path& config) {
  return read_model_shape(read_file(config), config.string());
}

TEST(ModelShape, TensorsAreThoseOfTheTinyFile) {
  const Checkpoint checkpoint(test::golden("tiny/model"));
  const auto tensors = checkpoint_tensors(shape_of(test::golden("tiny/model/config.json")));
  std::vector<std::string> names;
  for (const auto& [name, shape] : tensors) {
    names.push_back(name);
    EXPECT_EQ(checkpoint.info(name).shape, shape) << name;
  }
  EXPECT_EQ(names, checkpoint.names());
}

// The released 11B: 906 tensors, 10,670,220,835 parameters.
TEST(ModelShape, ReleasedSizes) {
  const auto tensors = checkpoint_tensors(read_model_shape(preset_config(Preset::k11b, 128000), "11b"));
  EXPECT_EQ(tensors.size(), 906U);
  std::int64_t parameters = 0;
  for (const auto& [name, shape] : tensors) parameters += c10::multiply_integers(shape);
  EXPECT_EQ(parameters, 10'670'220'835);
}

TEST(ModelShape, AspectRatios) {
  const std::vector<std::pair<std::int64_t, std::int64_t>> four = {{1, 1}, {1, 2}, {1, 3}, {1, 4},
                                                                   {2, 1}, {2, 2}, {3, 1}, {4, 1}};
  EXPECT_EQ(aspect_ratios_up_to(4), four);
}

TEST(ModelShape, ImpossibleSizesAreRefused) {
  const auto good = shape_of(test::golden("tiny/model/config.json"));
  const auto refuse = [&](auto change, const char* part) {
    auto shape = good;
    change(shape);
    EXPECT_ERROR(checkpoint_tensors(shape), ErrorKind::kUsage, part);
  };
  refuse([](ModelShape& s) { s.hidden_size = 0; }, "0");
  refuse([](ModelShape& s) { s.heads = 5; }, "heads 5");
  refuse([](ModelShape& s) { s.kv_heads = 3; }, "kv heads 3");
  refuse([](ModelShape& s) { s.cross_layers = {6}; }, "layer 6 of 6");
  refuse([](ModelShape& s) { s.aspect_ratios = {{3, 2}}; }, "3 x 2");
  EXPECT_ERROR(read_model_shape("{}", "c.json"), ErrorKind::kData, "c.json", "text_config");
  EXPECT_ERROR(read_model_shape(R"({"text_config":{},"vision_config":{}})", "c.json"), ErrorKind::kData, "vocab_size");
  EXPECT_ERROR(read_model_shape(R"({"text_config":{"vocab_size":"a"},"vision_config":{}})", "c.json"), ErrorKind::kData,
               "vocab_size", "\"a\"");
}

}  // namespace
}  // namespace llama32med
