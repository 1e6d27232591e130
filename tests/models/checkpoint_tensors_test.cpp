#include "models/mllama/checkpoint_tensors.h"

#include <gtest/gtest.h>

#include "llama32med/models/backbone_kind.h"
#include "llama32med/weights/checkpoint.h"
#include "support/test_data.h"

namespace llama32med::mllama {
namespace {

Config preset(const std::string& name, std::int64_t vocab_size) {
  return read_mllama_config(find_preset("test", name).preset.config(vocab_size), name);
}

TEST(CheckpointTensors, EqualTheTinyCheckpoint) {
  const Checkpoint checkpoint(test::golden("tiny/model"));
  std::vector<std::string> names;
  for (const auto& [name, shape] : checkpoint_tensors(preset("tiny", 512))) {
    names.push_back(name);
    EXPECT_EQ(checkpoint.info(name).shape, shape) << name;
  }
  EXPECT_EQ(names, checkpoint.names());
}

// The released 11B: 906 tensors, 10,670,220,835 parameters.
TEST(CheckpointTensors, CountsOfTheReleasedModel) {
  const auto tensors = checkpoint_tensors(preset("11b", 128256));
  EXPECT_EQ(tensors.size(), 906U);
  std::int64_t parameters = 0;
  for (const auto& [name, shape] : tensors) parameters += c10::multiply_integers(shape);
  EXPECT_EQ(parameters, 10'670'220'835);
}

TEST(CheckpointTensors, PresetsHaveTheReleasedAspectRatios) {
  const VisionConfig::AspectRatios four = {{1, 1}, {1, 2}, {1, 3}, {1, 4}, {2, 1}, {2, 2}, {3, 1}, {4, 1}};
  for (const auto* name : {"tiny", "small", "bench", "11b"})
    EXPECT_EQ(preset(name, 512).vision.supported_aspect_ratios, four) << name;
}

}  // namespace
}  // namespace llama32med::mllama
