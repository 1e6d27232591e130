#include "llama32med/peft/adapter_folder.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "llama32med/peft/merge.h"
#include "peft/adapter_fixture.h"
#include "support/expect_error.h"
#include "support/map_weights.h"

namespace llama32med {
namespace {

using test::factors;
using test::kQ;
using test::write_folder;

constexpr const char* kConfig = R"({"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj"]})";

TEST(AdapterFolder, BothNamingConventionsAreReadAsHubNames) {
  const AdapterFolder fresh(test::golden("tiny/adapters/rslora"), test::mllama_names()),
      old(test::golden("tiny/adapters/rslora_names_before_4.52"), test::mllama_names());
  EXPECT_EQ(fresh.modules(), old.modules());
  EXPECT_EQ(fresh.modules().size(), 17u);
  EXPECT_TRUE(fresh.has("multi_modal_projector.lora_A.weight"));
  for (const auto& name : fresh.names()) EXPECT_TRUE(fresh.read(name, {}).equal(old.read(name, {}))) << name;
  EXPECT_NE(adapter_sha256(fresh.path()), adapter_sha256(old.path()));
}

TEST(AdapterFolder, RankAndScaleComeFromShapesPatternsAndKind) {
  const AdapterFolder patterns(test::golden("tiny/adapters/patterns"), test::mllama_names());
  const auto of = [&](const char* module) { return *patterns.lora(module); };
  EXPECT_EQ(of("language_model.model.layers.0.mlp.down_proj").rank, 2);
  EXPECT_EQ(of("language_model.model.layers.0.mlp.down_proj").scale, 4);
  EXPECT_EQ(of("language_model.model.layers.1.cross_attn.k_proj").rank, 6);
  EXPECT_EQ(of("vision_model.transformer.layers.0.self_attn.o_proj").scale, 4);
  EXPECT_EQ(of("vision_model.transformer.layers.0.self_attn.k_proj").scale, 2);
  EXPECT_FALSE(patterns.lora("vision_model.transformer.layers.0.mlp.fc1"));
  EXPECT_EQ(
      AdapterFolder(test::golden("tiny/adapters/rslora"), test::mllama_names()).lora("multi_modal_projector")->scale,
      4);
  EXPECT_EQ(AdapterFolder(test::golden("tiny/adapters/dora"), test::mllama_names()).lora(kQ)->kind, LoraKind::kDora);
}

TEST(AdapterFolder, TensorNamesThatContainTheAdapterNameAreRead) {
  test::TempFolder folder;
  const std::string module = "base_model.model." + kQ;
  write_folder(folder.path(), R"({"r": 2, "use_dora": true, "modules_to_save": ["multi_modal_projector"]})",
               {{module + ".lora_A.default.weight", at::rand({2, 48})},
                {module + ".lora_B.default.weight", at::rand({48, 2})},
                {module + ".lora_magnitude_vector.default.weight", at::rand({48})},
                {"base_model.model.multi_modal_projector.modules_to_save.default.bias", at::rand({48})}});
  const AdapterFolder adapter(folder.path(), test::mllama_names());
  EXPECT_EQ(adapter.names(), (std::vector<std::string>{kQ + ".lora_A.weight", kQ + ".lora_B.weight",
                                                       kQ + ".lora_magnitude_vector", "multi_modal_projector.bias"}));
  EXPECT_EQ(adapter.saved_tensors(), std::vector<std::string>{"multi_modal_projector.bias"});
}

TEST(AdapterFolder, SavedTensorsReplaceTheCheckpoints) {
  test::TempFolder folder;
  write_folder(folder.path(), R"({"modules_to_save": ["m"]})", {{"base_model.model.m.weight", at::ones({2})}});
  const AdapterFolder adapter(folder.path(), test::mllama_names());
  const test::MapWeights base({{"m.weight", at::zeros({2})}, {"n.weight", at::zeros({3})}});
  const OverlaidWeights both(base, adapter);
  EXPECT_TRUE(both.read("m.weight", {}).equal(at::ones({2})));
  EXPECT_TRUE(both.read("n.weight", {}).equal(at::zeros({3})));
  EXPECT_EQ(both.names(), base.names());
  EXPECT_NE(both.where().find(folder.path().string()), std::string::npos);
}

TEST(AdapterFolder, AnErrorSaysWhatIsMissingInAFolder) {
  test::TempFolder folder;
  EXPECT_ERROR(AdapterFolder(folder / "absent", test::mllama_names()), ErrorKind::kData, "absent", "not a folder");
  EXPECT_ERROR(AdapterFolder(folder.path(), test::mllama_names()), ErrorKind::kData, "has no adapter_config.json");
  write_file(folder / "adapter/adapter_config.json", kConfig);
  EXPECT_ERROR(AdapterFolder(folder.path(), test::mllama_names()), ErrorKind::kData, "/adapter has one");
  EXPECT_ERROR(AdapterFolder(test::golden("tiny/model"), test::mllama_names()), ErrorKind::kData, "--model");
  write_file(folder / "adapter_config.json", kConfig);
  EXPECT_ERROR(AdapterFolder(folder.path(), test::mllama_names()), ErrorKind::kData,
               "has no adapter_model.safetensors");
  write_file(folder / "adapter_model.bin", "x");
  EXPECT_ERROR(AdapterFolder(folder.path(), test::mllama_names()), ErrorKind::kData, "pickle", "safe_serialization");
  write_file(folder / "adapter_model.safetensors", "");
  EXPECT_ERROR(AdapterFolder(folder.path(), test::mllama_names()), ErrorKind::kData, "adapter_model.safetensors",
               "truncated");
  write_file(folder / "adapter_config.json", "{");
  EXPECT_ERROR(AdapterFolder(folder.path(), test::mllama_names()), ErrorKind::kData, "adapter_config.json");
}

TEST(AdapterFolder, InconsistentTensorsAreNamed) {
  test::TempFolder folder;
  const auto refuses = [&](const std::string& config, const std::map<std::string, at::Tensor>& tensors,
                           std::initializer_list<const char*> parts) {
    write_folder(folder.path(), config, tensors);
    test::expect_error([&] { AdapterFolder adapter(folder.path(), test::mllama_names()); }, ErrorKind::kData, parts);
  };
  refuses(kConfig, {}, {"has no tensors"});
  refuses(kConfig, factors(kQ, 3), {kQ.c_str(), "rank 3", "has rank 4"});
  auto tensors = factors(kQ, 4);
  tensors.erase("base_model.model." + kQ + ".lora_B.weight");
  refuses(kConfig, tensors, {kQ.c_str(), "has no lora_B.weight"});
  tensors["base_model.model." + kQ + ".lora_B.weight"] = at::rand({48});
  refuses(kConfig, tensors, {"lora_B.weight", "[48]", "matrix"});
  refuses(R"({"r": 4, "use_dora": true})", factors(kQ, 4), {kQ.c_str(), "no lora_magnitude_vector", "true"});
  tensors = factors(kQ, 4);
  tensors["base_model.model." + kQ + ".lora_magnitude_vector"] = at::rand({48});
  refuses(kConfig, tensors, {kQ.c_str(), "a lora_magnitude_vector", "false"});
  tensors = factors(kQ, 4);
  tensors.merge(factors("model.language_model.layers.0.self_attn.q_proj", 4));
  refuses(kConfig, tensors, {"two names of the same tensor", "model.language_model"});
}

// PEFT saves the weight around which lm_head was adapted; it may differ from the checkpoint's.
TEST(AdapterFolder, ABaseLayerReplacesTheWeightThatIsAdapted) {
  test::TempFolder folder;
  auto tensors = factors("lm_head", 1, 2, 3);
  tensors["base_model.model.lm_head.base_layer.weight"] = at::ones({3, 2});
  write_folder(folder.path(), R"({"r": 1})", tensors);
  const AdapterFolder adapter(folder.path(), test::mllama_names());
  const std::string head = "language_model.lm_head";
  EXPECT_EQ(adapter.saved_tensors(), std::vector<std::string>{head + ".weight"});
  const test::MapWeights base({{head + ".weight", at::zeros({3, 2})}});
  EXPECT_TRUE(OverlaidWeights(base, adapter).read(head + ".weight", {}).equal(at::ones({3, 2})));
  const auto a = adapter.read(head + ".lora_A.weight", {}), b = adapter.read(head + ".lora_B.weight", {});
  const auto scale = adapter.lora(head)->scale;
  const auto merged = MergedWeights(base, adapter).read(head + ".weight", {});
  EXPECT_TRUE(merged.allclose(at::ones({3, 2}) + scale * b.matmul(a)));
}

TEST(AdapterFolder, LoraOnAnEmbeddingIsRefusedByName) {
  test::TempFolder folder;
  auto tensors = factors(kQ, 4);
  tensors["base_model.model.model.language_model.embed_tokens.lora_embedding_A"] = at::rand({4, 520});
  write_folder(folder.path(), kConfig, tensors);
  EXPECT_ERROR(AdapterFolder(folder.path(), test::mllama_names()), ErrorKind::kData, "lora_embedding_A",
               "merge_and_unload");
}

}  // namespace
}  // namespace llama32med
