#include "llama32med/peft/adapter_spec.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

AdapterSpec spec(const std::string& text) { return read_adapter_spec(parse_json(text, "test"), "test"); }

TEST(AdapterSpec, WritesTheSameBytesAsPeft) {
  for (const auto* name : {"plain", "rslora", "patterns", "regex", "dora", "rslora_names_before_4.52"}) {
    const auto file = test::golden("tiny/adapters") / name / "adapter_config.json";
    const auto written = adapter_config_json(read_adapter_spec(read_json(file), file.string())).dump(2);
    EXPECT_EQ(written, read_file(file)) << name;
  }
}

TEST(AdapterSpec, ReadsPatternsListsAndStringsInOrder) {
  const auto read = spec(R"({"peft_type": "LORA", "r": 4, "lora_alpha": 2.5, "lora_dropout": 0.1, "use_rslora": true,
    "use_dora": true, "target_modules": ["b", "a"], "exclude_modules": "x.*", "rank_pattern": {"z": 3, "a": 5},
    "alpha_pattern": {"q": 1.5}, "modules_to_save": ["multi_modal_projector"], "unknown_key": {"a": 1},
    "base_model_name_or_path": "base"})");
  EXPECT_EQ(read.rank, 4);
  EXPECT_EQ(read.alpha, 2.5);
  EXPECT_EQ(read.dropout, 0.1);
  EXPECT_TRUE(read.rslora && read.dora);
  EXPECT_EQ(std::get<1>(read.target_modules), (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(std::get<0>(read.exclude_modules), "x.*");
  EXPECT_EQ(read.rank_pattern, (NamePatterns<std::int64_t>{{"z", 3}, {"a", 5}}));
  EXPECT_EQ(read.alpha_pattern, (NamePatterns<double>{{"q", 1.5}}));
  EXPECT_EQ(read.modules_to_save, std::vector<std::string>{"multi_modal_projector"});
  EXPECT_EQ(read.base_model, "base");
  EXPECT_EQ(adapter_config_json(read)["lora_alpha"].dump(), "2.5");
}

TEST(AdapterSpec, UnsupportedFeaturesThatChangeResultsAreRefused) {
  EXPECT_ERROR(spec(R"({"peft_type": "IA3"})"), ErrorKind::kData, "peft_type", "IA3");
  EXPECT_ERROR(spec(R"({"bias": "all"})"), ErrorKind::kData, "bias", "all");
  for (const auto* key : {"fan_in_fan_out", "lora_bias", "use_qalora"})
    EXPECT_ERROR(spec(fmt::format(R"({{"{}": true}})", key)), ErrorKind::kData, key, "true");
  for (const auto* key : {"layer_replication", "target_parameters", "trainable_token_indices"})
    EXPECT_ERROR(spec(fmt::format(R"({{"{}": [1]}})", key)), ErrorKind::kData, key, "[1]");
  for (const auto* init : {"pissa", "pissa_niter_16", "olora", "corda", "loftq", "lora_ga"})
    EXPECT_ERROR(spec(fmt::format(R"({{"init_lora_weights": "{}"}})", init)), ErrorKind::kData, init, "base weights");
  EXPECT_ERROR(spec(R"({"init_lora_weights": "svd_of_tomorrow"})"), ErrorKind::kData, "svd_of_tomorrow", "not known");
  for (const auto* key : {"kasa_config", "monteclora_config", "velora_config", "tomorrow_config"})
    EXPECT_ERROR(spec(fmt::format(R"({{"{}": {{"x": 1}}}})", key)), ErrorKind::kData, key, "not supported");
  EXPECT_ERROR(spec(R"({"use_tomorrow": true})"), ErrorKind::kData, "use_tomorrow", "not supported");
  EXPECT_NO_THROW(spec(R"({"init_lora_weights": "eva", "eva_config": {"rho": 2}, "runtime_config": {"a": 1},
    "tomorrow_config": null, "use_tomorrow": false})"));
  EXPECT_NO_THROW(spec(R"({"init_lora_weights": "gaussian", "layer_replication": null, "target_parameters": []})"));
}

TEST(AdapterSpec, WrongTypesNameTheirKey) {
  EXPECT_ERROR(spec("[]"), ErrorKind::kData, "object");
  EXPECT_ERROR(spec(R"({"r": 0})"), ErrorKind::kData, "\"r\"", "0");
  EXPECT_ERROR(spec(R"({"r": 2.5})"), ErrorKind::kData, "\"r\"", "2.5");
  EXPECT_ERROR(spec(R"({"lora_alpha": "8"})"), ErrorKind::kData, "lora_alpha");
  EXPECT_ERROR(spec(R"({"lora_alpha": 1e308})"), ErrorKind::kData,
               "\"lora_alpha\" must be a number from -65504 to 65504");
  EXPECT_ERROR(spec(R"({"alpha_pattern": {"a": -1e308}})"), ErrorKind::kData, "alpha_pattern", "\"a\"", "-1e+308");
  EXPECT_ERROR(spec(R"({"rank_pattern": {"a": 0}})"), ErrorKind::kData, "rank_pattern", "from 1 to 131072, not 0");
  EXPECT_ERROR(spec(R"({"lora_dropout": 1.5})"), ErrorKind::kData, "lora_dropout", "from 0 to 1, not 1.5");
  EXPECT_ERROR(spec(R"({"r": 1099511627776})"), ErrorKind::kData, "\"r\"", "from 1 to 131072, not 1099511627776");
  EXPECT_ERROR(spec(R"({"use_dora": 1})"), ErrorKind::kData, "use_dora");
  EXPECT_ERROR(spec(R"({"target_modules": [1]})"), ErrorKind::kData, "target_modules", "[1]");
  EXPECT_ERROR(spec(R"({"rank_pattern": [1]})"), ErrorKind::kData, "rank_pattern");
  EXPECT_ERROR(spec(R"({"alpha_pattern": {"a": "b"}})"), ErrorKind::kData, "alpha_pattern", "\"b\"");
  EXPECT_ERROR(spec(R"({"base_model_name_or_path": 7})"), ErrorKind::kData, "base_model_name_or_path");
}

}  // namespace
}  // namespace llama32med
