#include "llama32med/models/init_folder.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/core/sha256.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/weights/checkpoint.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

using test::TempFolder;

std::string golden_sum(const std::string& file) {
  return read_json(test::golden("checkpoints.json"))["sha256"][file].get<std::string>();
}

TEST(InitFolder, TinyEqualsTheGoldenFolder) {
  const TempFolder folder;
  const auto report = write_random_checkpoint(folder.path(), {});
  EXPECT_EQ(report.files.size(), 9U);
  for (const auto& name : report.files) {
    SCOPED_TRACE(name);
    const auto ours = read_file(folder / name), theirs = read_file(test::golden("tiny/model/" + name));
    if (name.starts_with("tokenizer") && name.ends_with(".json")) {  // Python writes spaces after colons
      EXPECT_EQ(parse_json(ours, name), parse_json(theirs, name));
    } else {
      EXPECT_EQ(sha256(ours), sha256(theirs));
    }
  }
  EXPECT_EQ(sha256_of_file(folder / "model.safetensors"), golden_sum("tiny/model.safetensors"));
}

TEST(InitFolder, SlackTiny) {
  const TempFolder folder;
  write_random_checkpoint(folder.path(), {.padded_slots = PaddedSlots::kNonzero});
  EXPECT_EQ(sha256_of_file(folder / "model.safetensors"), golden_sum("tiny_slack/model.safetensors"));
}

TEST(InitFolder, Small) {
  const TempFolder folder;
  write_random_checkpoint(folder.path(), {.preset = "small"});
  for (int i = 1; i <= 3; ++i) {
    const auto name = fmt::format("model-0000{}-of-00003.safetensors", i);
    EXPECT_EQ(sha256_of_file(folder / name), golden_sum("small/" + name));
  }
  EXPECT_EQ(Checkpoint(folder.path()).names().size(), 3U + 6 * 9 + 2 * 13 + 13 + 6 * 12 + 2 * 14 + 2);
}

TEST(InitFolder, OptionsApplyAndOldFilesAreRemoved) {
  const TempFolder folder;
  write_random_checkpoint(folder.path(), {});
  const auto report = write_random_checkpoint(folder.path(), {.seed = 5, .dtype = at::kBFloat16, .shards = 2});
  EXPECT_FALSE(std::filesystem::exists(folder / "model.safetensors"));
  const Checkpoint checkpoint(folder.path());
  EXPECT_EQ(std::ssize(checkpoint.names()), report.tensors);
  EXPECT_EQ(checkpoint.info("language_model.model.norm.weight").dtype, at::kBFloat16);
  EXPECT_EQ(report.bytes, 2 * report.parameters);
  const auto index = read_json(folder / "model.safetensors.index.json");
  EXPECT_EQ(index["metadata"]["total_size"], report.bytes);
  const auto config = read_json(folder / "config.json");
  EXPECT_EQ(config["torch_dtype"], "bfloat16");
  EXPECT_EQ(config["text_config"]["torch_dtype"], "bfloat16");
  const auto weights = read_outline(config, "")->random_weights({.seed = 5, .dtype = at::kBFloat16});
  for (const auto& name : checkpoint.names())
    EXPECT_TRUE(checkpoint.read(name, {}).equal(weights->read(name, {}))) << name;
}

TEST(InitFolder, FromAnyConfig) {
  const TempFolder folder;
  auto config = read_json(test::golden("tiny/model/config.json"));
  config["text_config"]["num_key_value_heads"] = 1;
  config["vision_config"]["max_num_tiles"] = 2;
  config["vision_config"]["supported_aspect_ratios"] = {{1, 1}, {1, 2}, {2, 1}};
  write_json(folder / "given.json", config);
  write_random_checkpoint(folder / "out", {.model_config = folder / "given.json"});
  EXPECT_EQ(read_json(folder / "out/config.json"), config);
  EXPECT_TRUE(std::filesystem::exists(folder / "out/tokenizer.json"));
  EXPECT_EQ(read_json(folder / "out/preprocessor_config.json")["max_image_tiles"], 2);
  const Checkpoint checkpoint(folder / "out");
  EXPECT_EQ(checkpoint.info("vision_model.pre_tile_positional_embedding.embedding.weight").shape,
            (std::vector<std::int64_t>{4, 2 * 32}));

  config["text_config"]["vocab_size"] = 1000;
  write_json(folder / "given.json", config);
  write_random_checkpoint(folder / "out", {.model_config = folder / "given.json"});
  EXPECT_FALSE(std::filesystem::exists(folder / "out/tokenizer.json"));  // written by the first init
  EXPECT_ERROR(
      write_random_checkpoint(folder / "out", {.model_config = folder / "given.json", .tokenizer = byte_tokenizer()}),
      ErrorKind::kUsage, "given.json", "1000", "256");
}

TEST(InitFolder, BadOptions) {
  const TempFolder folder;
  EXPECT_ERROR(write_random_checkpoint(folder / "x", {.preset = "bench"}), ErrorKind::kUsage, "bench", "--tokenizer");
  EXPECT_ERROR(write_random_checkpoint(folder / "x", {.preset = "smal"}), ErrorKind::kUsage, "did you mean \"small\"");
  EXPECT_ERROR(write_random_checkpoint(folder / "x", {.dtype = at::kDouble}), ErrorKind::kUsage, "fp32, bf16 or fp16");
  EXPECT_ERROR(write_random_checkpoint(folder / "x", {.shards = 0}), ErrorKind::kUsage, "shards: 0");
  EXPECT_ERROR(
      write_random_checkpoint(folder / "x", {.tokenizer = TokenizerBytes{TokenizerKind::kRanks, "IQ== 1\n", 1}}),
      ErrorKind::kData, "tokenizer.model", "line 1");
}

TEST(InitFolder, SentencePieceGetsNoTokenizerJson) {
  const TempFolder folder;
  write_random_checkpoint(folder.path(), {.tokenizer = TokenizerBytes{TokenizerKind::kSentencePiece, "model", 300}});
  EXPECT_EQ(read_file(folder / "tokenizer.model"), "model");
  EXPECT_FALSE(std::filesystem::exists(folder / "tokenizer.json"));
  EXPECT_EQ(read_json(folder / "config.json")["text_config"]["bos_token_id"], 300);
}

// A rank file does not store merges. Tokens: the bytes a, b, c, then ab, abc.
TEST(InitFolder, MergesFollowFromRanks) {
  const TempFolder folder;
  const std::string ranks = "YQ== 0\nYg== 1\nYw== 2\nYWI= 3\nYWJj 4\n";
  write_random_checkpoint(folder.path(), {.tokenizer = TokenizerBytes{TokenizerKind::kRanks, ranks, 5}});
  const auto model = read_json(folder / "tokenizer.json")["model"];
  EXPECT_EQ(model["vocab"], (Json{{"a", 0}, {"b", 1}, {"c", 2}, {"ab", 3}, {"abc", 4}}));
  EXPECT_EQ(model["merges"], (Json::array({"a b", "ab c"})));
}

}  // namespace
}  // namespace llama32med
