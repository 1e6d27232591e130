#include "models/mllama/mllama_config.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/test_data.h"

namespace llama32med::mllama {
namespace {

Json tiny() { return read_json(test::golden("tiny/model/config.json")); }

TEST(MllamaConfig, ReadsTheTinyCheckpoint) {
  const auto c = read_mllama_config(tiny(), "config.json");
  EXPECT_EQ(c.text.hidden_size, 48);
  EXPECT_EQ(c.text.head_dim(), 12);
  EXPECT_EQ(c.text.cross_attention_layers, (std::vector<std::int64_t>{1, 4}));
  EXPECT_TRUE(c.text.is_cross(4));
  EXPECT_FALSE(c.text.is_cross(3));
  ASSERT_TRUE(c.text.rope.scaling.has_value());
  EXPECT_EQ(c.vision.rows_per_tile(), 17);
  EXPECT_EQ(c.vision.fill_rows(), 7);
  EXPECT_EQ(c.vision.vision_output_dim(), 96);
  EXPECT_EQ(c.image_token_index, 512);
}

TEST(MllamaConfig, ReadsTheKeysOfNewerTransformers) {
  auto json = tiny();
  auto& text = json["text_config"];
  text["rope_parameters"] = text["rope_scaling"];
  text["rope_parameters"]["rope_theta"] = 1234.5;
  text.erase("rope_scaling");
  text.erase("rope_theta");
  json["image_token_id"] = json["image_token_index"];
  json.erase("image_token_index");
  auto& vision = json["vision_config"];
  vision["num_attention_heads"] = vision["attention_heads"];
  vision.erase("attention_heads");
  const auto c = read_mllama_config(json, "config.json");
  EXPECT_EQ(c.text.rope.theta, 1234.5);
  EXPECT_TRUE(c.text.rope.scaling.has_value());
  EXPECT_EQ(c.vision.attention_heads, 4);
  EXPECT_EQ(c.image_token_index, 512);
}

// Padding is masked, so an id that is not a token is replaced by one that is.
TEST(MllamaConfig, APadTokenMayBeAbsentOrARowBehindTheVocabulary) {
  for (const auto& pad : {Json(-1), Json(519), Json(512), Json(nullptr)}) {
    auto json = tiny();
    json["text_config"]["pad_token_id"] = pad;
    EXPECT_EQ(read_mllama_config(json, "config.json").text.pad_token_id, 257) << pad;
  }
  auto json = tiny();
  json["text_config"]["pad_token_id"] = 300;
  EXPECT_EQ(read_mllama_config(json, "config.json").text.pad_token_id, 300);
}

struct Breakage {
  const char* section;
  const char* key;
  Json value;  // null: remove the key
  const char* complaint;
};

TEST(MllamaConfig, ErrorsNameTheInvalidKey) {
  const Breakage breakages[] = {
      {"text_config", "hidden_size", Json(), "\"hidden_size\" is missing"},
      {"text_config", "hidden_size", 50, "not a multiple of num_attention_heads"},
      {"text_config", "num_key_value_heads", 3, "not a multiple of num_key_value_heads 3"},
      {"text_config", "hidden_act", "gelu", "only \"silu\""},
      {"text_config", "eos_token_id", {257, 512}, "each item a whole number from 0 to 511, not [257,512]"},
      {"text_config", "eos_token_id", 1000000000, "from 0 to 511, not 1000000000"},
      {"text_config", "eos_token_id", -1, "from 0 to 511, not -1"},
      {"text_config", "eos_token_id", Json::array(), "\"eos_token_id\" is an empty list"},
      {"text_config", "bos_token_id", 512, "\"bos_token_id\" must be a whole number from 0 to 511, not 512"},
      {"text_config", "pad_token_id", 520, "\"pad_token_id\" must be a whole number from -1 to 519, not 520"},
      {"text_config", "pad_token_id", -2, "from -1 to 519, not -2"},
      {"text_config", "rms_norm_eps", -1, "\"rms_norm_eps\" must be a number from 1e-12 to 1, not -1"},
      {"text_config", "rms_norm_eps", 0, "from 1e-12 to 1, not 0"},
      {"text_config", "rope_theta", 0, "\"rope_theta\" must be a number from 2 to 1000000000000, not 0"},
      {"text_config", "rope_theta", -5, "not -5"},
      {"text_config", "rope_theta", 1e300, "not 1e+300"},
      {"text_config",
       "rope_scaling",
       {{"rope_type", "llama3"}, {"factor", 0}},
       "\"factor\" must be a number from 1 to"},
      {"text_config", "rope_scaling", {{"rope_type", "llama3"}, {"low_freq_factor", 5}}, "must be greater than"},
      {"text_config", "hidden_size", 1099511627776, "whole number from 1 to 131072, not 1099511627776"},
      {"text_config", "vocab_size", 0, "whole number from 1 to 1000000000, not 0"},
      {"text_config", "num_attention_heads", 0, "from 1 to 131072, not 0"},
      {"text_config", "max_position_embeddings", 0, "from 1 to 1000000000, not 0"},
      {"vision_config", "norm_eps", 0, "\"norm_eps\" must be a number from 1e-12 to 1, not 0"},
      {"vision_config", "patch_size", 0, "from 1 to 16384, not 0"},
      {"vision_config", "supported_aspect_ratios", Json::array(), "is an empty list"},
      {"text_config", "tie_word_embeddings", true, "cannot be tied"},
      {"text_config", "cross_attention_layers", {1, 9}, "names layer 9"},
      {"text_config", "num_hidden_layers", -2, "whole number from 1 to 4096, not -2"},
      {"vision_config", "hidden_act", "quick_gelu", "only \"gelu\""},
      {"vision_config", "image_size", 57, "not a multiple of patch_size"},
      {"vision_config", "vision_output_dim", 97, "must be 96"},
      {"vision_config", "max_num_tiles", 3, "does not fit max_num_tiles 3"},
  };
  for (const auto& b : breakages) {
    auto json = tiny();
    if (b.value.is_null())
      json[b.section].erase(b.key);
    else
      json[b.section][b.key] = b.value;
    EXPECT_ERROR(read_mllama_config(json, "config.json"), ErrorKind::kData, "config.json", b.section, b.complaint);
  }
  auto json = tiny();
  json["text_config"]["rope_scaling"]["rope_type"] = "yarn";
  EXPECT_ERROR(read_mllama_config(json, "config.json"), ErrorKind::kData, "\"yarn\" is not supported");
}

}  // namespace
}  // namespace llama32med::mllama
