#include "llama32med/models/model_folder.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/models/backbone_kind.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

constexpr auto kData = ErrorKind::kData;

class ModelFolder : public testing::Test {
 protected:
  ModelFolder() : config_(read_json(test::golden("tiny/model/config.json"))) {}

  void generation(const Json& stops) {
    write_json(folder_ / "generation_config.json", {{"eos_token_id", stops}, {"do_sample", true}});
  }
  Json stops() {
    write_json(folder_ / "config.json", config_);
    return read_model_config(folder_.path())["text_config"]["eos_token_id"];
  }

  Json config_;
  test::TempFolder folder_;
};

TEST_F(ModelFolder, StopTokensOfBothFilesAreUnited) {
  auto& own = config_["text_config"]["eos_token_id"];
  own = 257;
  EXPECT_EQ(stops(), Json({257}));
  generation({257, 264, 265});
  EXPECT_EQ(stops(), Json({257, 264, 265}));
  own = Json::array({300, 264});
  EXPECT_EQ(stops(), Json({300, 264, 257, 265}));
  generation(265);
  EXPECT_EQ(stops(), Json({300, 264, 265}));
  config_["eos_token_id"] = 301;  // some tools write it at the top level
  EXPECT_EQ(stops(), Json({300, 264, 301, 265}));
  own = nullptr;
  EXPECT_EQ(stops(), Json({301, 265}));
  generation(nullptr);
  EXPECT_EQ(stops(), Json({301}));
  generation(511);
  EXPECT_NO_THROW(stops());
}

TEST_F(ModelFolder, AStopTokenThatIsNoTokenNamesItsFile) {
  generation({257, 512});
  EXPECT_ERROR(stops(), kData, "generation_config.json", "eos_token_id", "from 0 to 511", "[257,512]");
  generation(-1);
  EXPECT_ERROR(stops(), kData, "generation_config.json", "eos_token_id", "-1");
  generation("</s>");
  EXPECT_ERROR(stops(), kData, "generation_config.json", "</s>");
  generation(257);
  config_["text_config"]["eos_token_id"] = 512;
  EXPECT_NO_THROW(stops());
  EXPECT_ERROR(read_outline(folder_.path()), kData, "/config.json", "eos_token_id", "from 0 to 511");
  config_["text_config"].erase("eos_token_id");
  EXPECT_NO_THROW(stops());
  EXPECT_NO_THROW(read_outline(folder_.path()));
}

TEST_F(ModelFolder, WhatIsNotAModelIsNamed) {
  const auto refuses = [&](const std::string& file, std::initializer_list<const char*> parts) {
    const test::TempFolder folder;
    write_file(folder / file, "{}");
    test::expect_error([&] { require_model_folder(folder.path()); }, kData, parts);
  };
  refuses("params.json", {"Meta's original layout", "Hugging Face"});
  refuses("consolidated.00.pth", {"Meta's original layout", "Hugging Face"});
  refuses("model-Q4_K_M.gguf", {"GGUF", "Hugging Face"});
  refuses("adapter_config.json", {"is an adapter", "--adapter"});
  refuses("model.safetensors", {"no config.json"});
  refuses("pytorch_model.bin", {"pickle", "safetensors"});
  refuses("stage2/config.json", {"no config.json", "stage2", "pass that folder"});
  refuses("snapshots/abc/config.json", {"snapshots/abc", "pass that folder"});
  refuses("notes.txt", {"no config.json", "safetensors files"});
  write_file(folder_ / "model.gguf", "GGUF");
  EXPECT_ERROR(require_model_folder(folder_ / "model.gguf"), kData, "not a folder", "GGUF");
  write_file(folder_ / "config.json", "{}");
  EXPECT_ERROR(require_model_folder(folder_ / "config.json"), kData, "is a file");
  write_file(folder_ / "original/params.json", "{}");
  EXPECT_ERROR(require_model_folder(folder_ / "original"), kData, "Meta", "has a config.json");
  EXPECT_ERROR(require_model_folder("nobody/nothing-11B"), kData, "hf download nobody/nothing-11B");
}

}  // namespace
}  // namespace llama32med
