#include "llama32med/weights/checkpoint_writer.h"

#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

std::vector<NamedTensorInfo> tensors(const std::vector<std::string>& names) {
  std::vector<NamedTensorInfo> list;
  for (const auto& name : names) list.push_back({name, {at::kFloat, {2, 3}}});
  return list;
}

at::Tensor filled(const NamedTensorInfo& tensor) {
  return at::full(tensor.info.shape, static_cast<double>(tensor.name.back()), tensor.info.dtype);
}

TEST(CheckpointWriter, OneFileNeedsNoIndex) {
  const test::TempFolder folder;
  write_checkpoint(folder / "model", numbered_files({tensors({"b", "a"})}), filled);
  EXPECT_FALSE(std::filesystem::exists(folder / "model/model.safetensors.index.json"));
  const Checkpoint checkpoint(folder / "model");
  EXPECT_EQ(checkpoint.names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(checkpoint.metadata(), (Metadata{{"format", "pt"}}));
  EXPECT_TRUE(checkpoint.read("b", at::kCPU).equal(filled(tensors({"b"})[0])));
}

TEST(CheckpointWriter, SeveralFilesGetAnIndexThatACheckpointReads) {
  const test::TempFolder folder;
  const auto layout = numbered_files({tensors({"x.c", "x.a"}), tensors({"x.b"})});
  EXPECT_EQ(layout.bytes(), 3 * 24);
  write_checkpoint(folder.path(), layout, filled);
  const Json expected = {{"metadata", {{"total_size", 72}}},
                         {"weight_map",
                          {{"x.a", "model-00001-of-00002.safetensors"},
                           {"x.b", "model-00002-of-00002.safetensors"},
                           {"x.c", "model-00001-of-00002.safetensors"}}}};
  EXPECT_EQ(read_file(folder / "model.safetensors.index.json"), expected.dump(2) + "\n");
  EXPECT_EQ(Checkpoint(folder.path()).names(), (std::vector<std::string>{"x.a", "x.b", "x.c"}));
}

TEST(CheckpointWriter, TheLayoutOfACheckpointReproducesItsBytes) {
  const test::TempFolder folder;
  const auto source = test::golden("tiny/model");
  const Checkpoint checkpoint(source);
  const auto as_stored = [](at::ScalarType stored) { return stored; };
  write_checkpoint(folder.path(), layout_like(checkpoint, as_stored),
                   [&](const NamedTensorInfo& tensor) { return checkpoint.read(tensor.name, at::kCPU); });
  EXPECT_TRUE(read_file(folder / "model.safetensors") == read_file(source / "model.safetensors"));
}

TEST(CheckpointWriter, AnIndexKeepsItsMetadataAndGetsTheNewSize) {
  const test::TempFolder folder;
  write_checkpoint(folder / "old", numbered_files({tensors({"a"}), tensors({"b"})}), filled);
  auto index = read_json(folder / "old/model.safetensors.index.json");
  index["metadata"]["total_parameters"] = 12;
  write_json(folder / "old/model.safetensors.index.json", index);
  const auto layout = layout_like(Checkpoint(folder / "old"), [](at::ScalarType) { return at::kBFloat16; });
  write_checkpoint(folder / "new", layout, filled);
  index["metadata"]["total_size"] = 24;
  EXPECT_EQ(read_json(folder / "new/model.safetensors.index.json"), index);
}

TEST(CheckpointWriter, AFullDiskIsDetectedBeforeAnythingIsWritten) {
  const test::TempFolder folder;
  const auto layout = numbered_files({{{"a", {at::kFloat, {1LL << 55}}}}});
  EXPECT_ERROR(write_checkpoint(folder / "model", layout, filled), ErrorKind::kResource, "model", "MB are free");
  EXPECT_TRUE(std::filesystem::is_empty(folder / "model"));
}

TEST(CheckpointWriter, TheDtypeIsSetUnderTheKeysOfTheConfig) {
  Json config = {{"text_config", {{"dtype", "float32"}}}, {"vision_config", Json::object()}};
  set_config_dtype(config, at::kHalf);
  EXPECT_EQ(
      config,
      (Json{{"text_config", {{"dtype", "float16"}}}, {"vision_config", Json::object()}, {"torch_dtype", "float16"}}));
  config = {{"dtype", "float32"}};
  set_config_dtype(config, at::kBFloat16);
  EXPECT_EQ(config, (Json{{"dtype", "bfloat16"}}));
  EXPECT_ERROR(set_config_dtype(config, at::kDouble), ErrorKind::kUsage, "fp32, bf16 or fp16");
}

}  // namespace
}  // namespace llama32med
