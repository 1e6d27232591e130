#include "llama32med/weights/checkpoint.h"

#include <ATen/ops/full.h>

#include "llama32med/core/files.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

using test::TempFolder;
using Tensors = std::map<std::string, at::Tensor>;

const char* const kNorm = "language_model.model.norm.weight";
const char* const kHead = "language_model.lm_head.weight";

at::Tensor number(double value) { return at::full({1}, value, at::kFloat); }

const ModelNames kNames({{"language_model.lm_head", "lm_head"}, {"language_model.model", "model.language_model"}}, {},
                        "");

// Two shards: a.safetensors holds kHead = 1, b.safetensors holds kNorm = 2.
void write_shards(const TempFolder& folder) {
  write_safetensors(folder / "a.safetensors", {{kHead, number(1)}});
  write_safetensors(folder / "b.safetensors", {{kNorm, number(2)}});
  write_file(
      folder / "model.safetensors.index.json",
      fmt::format(R"({{"metadata":{{}},"weight_map":{{"{}":"a.safetensors","{}":"b.safetensors"}}}})", kHead, kNorm));
}

TEST(Checkpoint, ReadsTheTinyModel) {
  const Checkpoint checkpoint(test::golden("tiny/model"));
  EXPECT_EQ(checkpoint.names().size(), 3U + 4 * 9 + 2 * 13 + 13 + 3 * 12 + 2 * 14 + 2);
  EXPECT_TRUE(checkpoint.has(kNorm));
  EXPECT_EQ(checkpoint.info(kHead).shape, (std::vector<std::int64_t>{512, 48}));
  EXPECT_EQ(checkpoint.read(kHead, at::TensorOptions(at::kBFloat16)).scalar_type(), at::kBFloat16);
  EXPECT_EQ(checkpoint.metadata().at("format"), "pt");
  EXPECT_ERROR(checkpoint.info("language_model.lm_head.wait"), ErrorKind::kData, "tiny/model",
               "language_model.lm_head.wait", "did you mean \"language_model.lm_head.weight\"?");
  EXPECT_ERROR(checkpoint.read("nothing like it", {}), ErrorKind::kData, "nothing like it");
}

TEST(Checkpoint, ReadsShards) {
  const TempFolder folder;
  write_shards(folder);
  const Checkpoint checkpoint(folder.path());
  EXPECT_EQ(checkpoint.names(), (std::vector<std::string>{kHead, kNorm}));
  EXPECT_EQ(checkpoint.read(kHead, {}).item<float>(), 1);
  EXPECT_EQ(checkpoint.read(kNorm, {}).item<float>(), 2);
}

TEST(Checkpoint, ReadsNamesOfTheNewerTree) {
  const TempFolder folder;
  write_safetensors(folder / "model.safetensors",
                    {{"lm_head.weight", number(1)}, {"base_model.model.model.language_model.norm.weight", number(2)}});
  const Checkpoint checkpoint(folder.path(), kNames);
  EXPECT_EQ(checkpoint.names(), (std::vector<std::string>{kHead, kNorm}));
  EXPECT_EQ(checkpoint.read(kNorm, {}).item<float>(), 2);
}

TEST(BrokenCheckpoint, NothingToLoad) {
  const TempFolder folder;
  EXPECT_ERROR(Checkpoint(folder / "absent"), ErrorKind::kData, "absent", "does not exist");
  EXPECT_ERROR(Checkpoint(folder.path()), ErrorKind::kData, "neither model.safetensors nor");
  write_file(folder / "consolidated.00.pth", "");
  EXPECT_ERROR(Checkpoint(folder.path()), ErrorKind::kData, "consolidated.00.pth", "pickle",
               "convert them to safetensors");
  EXPECT_ERROR(Checkpoint(folder / "consolidated.00.pth"), ErrorKind::kData, "is a file", "folder");
}

TEST(BrokenCheckpoint, Index) {
  const TempFolder folder;
  const auto index = folder / "model.safetensors.index.json";
  write_file(index, "{");
  EXPECT_ERROR(Checkpoint(folder.path()), ErrorKind::kData, "index.json", "JSON");
  write_file(index, "[]");
  EXPECT_ERROR(Checkpoint(folder.path()), ErrorKind::kData, "weight_map");
  write_file(index, R"({"weight_map":{"x":3}})");
  EXPECT_ERROR(Checkpoint(folder.path()), ErrorKind::kData, "\"x\"", "not a string");
  for (const char* file : {"../a.safetensors", "/a.safetensors", "sub/a.safetensors", "a.bin", ""}) {
    write_file(index, fmt::format(R"({{"weight_map":{{"x":"{}"}}}})", file));
    EXPECT_ERROR(Checkpoint(folder.path()), ErrorKind::kData, "\"x\"", fmt::format("\"{}\"", file).c_str());
  }
}

TEST(BrokenCheckpoint, MissingShard) {
  const TempFolder folder;
  write_shards(folder);
  std::filesystem::remove(folder / "b.safetensors");
  EXPECT_ERROR(Checkpoint(folder.path()), ErrorKind::kData, "1 of 2 weight files are missing: b.safetensors");
}

TEST(BrokenCheckpoint, TensorNotInItsShard) {
  const TempFolder folder;
  write_shards(folder);
  write_safetensors(folder / "b.safetensors", {{"other", number(2)}});
  EXPECT_ERROR(Checkpoint(folder.path()), ErrorKind::kData, kNorm, "not in b.safetensors", "another checkpoint?");
}

TEST(BrokenCheckpoint, TensorNotInTheIndex) {
  const TempFolder folder;
  write_shards(folder);
  write_safetensors(folder / "b.safetensors", {{kNorm, number(2)}, {"other", number(2)}});
  EXPECT_ERROR(Checkpoint(folder.path()), ErrorKind::kData, "\"other\" of b.safetensors", "not listed");
}

TEST(BrokenCheckpoint, DuplicateTensor) {
  const TempFolder folder;
  write_shards(folder);
  write_safetensors(folder / "b.safetensors", {{kNorm, number(2)}, {kHead, number(2)}});
  EXPECT_ERROR(Checkpoint(folder.path()), ErrorKind::kData, kHead, "in both a.safetensors and b.safetensors");
  write_safetensors(folder / "model.safetensors", {{kHead, number(1)}, {"lm_head.weight", number(1)}});
  EXPECT_ERROR(Checkpoint(folder.path(), kNames), ErrorKind::kData, kHead, "\"lm_head.weight\"",
               "two names of the same tensor");
}

}  // namespace
}  // namespace llama32med
