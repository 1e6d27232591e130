// A folder written in NF4 loads directly, and gives the same model as quantizing while loading.
#include "app/model/quantize.h"

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/peft/adapter_chooser.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

const auto kModel = test::golden("tiny/model");

QuantizationRequest request_for(const std::filesystem::path& out) {
  return {.model = kModel, .out = out, .progress = ProgressStyle::kNone};
}

std::unique_ptr<Backbone> load(const std::filesystem::path& folder, const LinearChooser* linears = nullptr) {
  return load_backbone(folder, {}, at::device(at::kCPU).dtype(at::kFloat), linears);
}

TEST(Quantization, TheFolderEqualsTheModelQuantizedWhileLoading) {
  const test::TempFolder folder;
  auto request = request_for(folder / "nf4");
  request.shard_bytes = 100'000;
  const auto report = quantize(request);
  EXPECT_EQ(report.quantized, 73);  // 72 in text and vision, and the projector
  EXPECT_GT(report.files.size(), 3u);
  EXPECT_FALSE(std::filesystem::exists(folder / "nf4.draft"));
  EXPECT_TRUE(std::filesystem::exists(folder / "nf4/tokenizer.json"));
  const auto written = read_json(folder / "nf4/config.json")["quantization_config"];
  EXPECT_EQ(written["quant_method"], "bitsandbytes");
  EXPECT_EQ(written["bnb_4bit_compute_dtype"], "float32");

  const AdapterChooser linears({.storage = storage_choice(request.quantize, model_names(kModel))});
  const auto loaded = load(folder / "nf4"), quantized = load(kModel, &linears);
  const auto &ours = loaded->parameters(), &theirs = quantized->parameters();
  EXPECT_EQ(ours.count(), load(kModel)->parameters().count());
  ASSERT_EQ(ours.all().size(), theirs.all().size());
  for (std::size_t i = 0; i < ours.all().size(); ++i) {
    EXPECT_EQ(ours.all()[i].name, theirs.all()[i].name);
    EXPECT_TRUE(ours.all()[i].value.equal(theirs.all()[i].value)) << ours.all()[i].name;
  }
}

TEST(Quantization, VisionStaysWhereAsked) {
  const test::TempFolder folder;
  auto request = request_for(folder / "nf4");
  request.quantize.vision = false;
  EXPECT_EQ(quantize(request).quantized, 43);
  const auto skipped = read_json(folder / "nf4/config.json")["quantization_config"]["llm_int8_skip_modules"];
  EXPECT_EQ(skipped, Json::array({"lm_head", "vision_model", "model.vision_model"}));
  EXPECT_NO_THROW(load(folder / "nf4"));
}

TEST(Quantization, TheSameRequestMayBeRepeatedAnotherReplacesNothing) {
  const test::TempFolder folder;
  quantize(request_for(folder / "nf4"));
  EXPECT_NO_THROW(quantize(request_for(folder / "nf4")));
  auto other = request_for(folder / "nf4");
  other.quantize.vision = false;
  EXPECT_ERROR(quantize(other), ErrorKind::kUsage, "already exists", "quantize.vision: false here, true there");
  std::filesystem::remove(folder / "nf4/quantize.json");
  EXPECT_ERROR(quantize(request_for(folder / "nf4")), ErrorKind::kUsage, "already exists", "did not write");
}

TEST(Quantization, NothingIsQuantizedTwice) {
  const test::TempFolder folder;
  quantize(request_for(folder / "nf4"));
  auto again = request_for(folder / "twice");
  again.model = folder / "nf4";
  EXPECT_ERROR(quantize(again), ErrorKind::kData, "already quantized");
  EXPECT_FALSE(std::filesystem::exists(folder / "twice"));
}

TEST(Quantization, FormatsThatWouldBeMisreadAreRejected) {
  const test::TempFolder folder;
  quantize(request_for(folder / "nf4"));
  const auto refused = [&](const char* key, const Json& value, const char* part) {
    auto config = read_json(folder / "nf4/config.json");
    config["quantization_config"][key] = value;
    write_json(folder / "nf4/config.json", config);
    EXPECT_ERROR(load(folder / "nf4"), ErrorKind::kData, part);
    config["quantization_config"].erase(key);
    write_json(folder / "nf4/config.json", config);
  };
  refused("quant_method", "gptq", "gptq");
  refused("load_in_8bit", true, "load_in_8bit");
  refused("bnb_4bit_quant_type", "fp4", "fp4");
}

}  // namespace
}  // namespace llama32med
