#include "llama32med/peft/adapter_check.h"

#include <gtest/gtest.h>

#include "peft/adapter_fixture.h"
#include "support/expect_error.h"

namespace llama32med {
namespace {

using Tensors = std::map<std::string, at::Tensor>;

constexpr const char* kTree = "model.language_model.layers.";

// Checks an adapter against the tiny model as loading does.
void check(const std::filesystem::path& path) {
  const AdapterFolder adapter(path, test::mllama_names());
  const AdapterChooser chooser({.folder = &adapter});
  const test::TinyModel model(&chooser);
  refuse_unused(adapter, model.parameters());
  refuse_missing(adapter, chooser.linears(), model.parameters());
}

void check(const std::string& config, const Tensors& tensors) {
  const test::TempFolder folder;
  test::write_folder(folder.path(), config, tensors);
  check(folder.path());
}

// An adapter of rank 1 around q_proj of these decoder layers.
Tensors q_projs(const std::string& layers, std::initializer_list<int> numbers) {
  Tensors tensors;
  for (const auto number : numbers) {
    const auto attention = number == 1 || number == 4 ? "cross_attn" : "self_attn";
    tensors.merge(test::factors(fmt::format("{}{}.{}.q_proj", layers, number, attention), 1));
  }
  return tensors;
}

TEST(AdapterCheck, TheReferenceAdaptersAreComplete) {
  for (const auto* name : {"plain", "rslora", "patterns", "regex", "dora", "rslora_names_before_4.52"})
    EXPECT_NO_THROW(check(test::golden("tiny/adapters") / name)) << name;
}

TEST(AdapterCheck, TensorsThatTheModelDoesNotUseAreRefused) {
  auto tensors = test::factors(test::kQ, 4);
  tensors.merge(test::factors("language_model.model.layers.77.self_attn.q_proj", 4));
  tensors["base_model.model.stray"] = at::rand({1});
  EXPECT_ERROR(check(R"({"r": 4})", tensors), ErrorKind::kData, "layers.77", "first of 3");
}

TEST(AdapterCheck, AMissingPartIsCountedAndNamed) {
  const auto text = q_projs(kTree, {0, 1, 2, 3, 4, 5});
  EXPECT_ERROR(check(R"({"r": 1, "target_modules": ["q_proj"]})", text), ErrorKind::kData, "incomplete", "vision_model",
               "5 parts are missing");
  // a regular expression of the newer names does not select the vision encoder, although one of older names would
  EXPECT_NO_THROW(check(R"({"r": 1, "target_modules": "model\\.language_model.*q_proj"})", text));
  EXPECT_NO_THROW(check(R"({"r": 1, "target_modules": "model\\.language_model.*q_proj|vision_model.*q_proj"})", text));
  EXPECT_NO_THROW(check(R"({"r": 1, "target_modules": ["q_proj"], "exclude_modules": ".*vision_model.*"})", text));
  EXPECT_ERROR(check(R"({"r": 1, "target_modules": ".*language_model.*q_proj"})", q_projs(kTree, {0, 1, 2, 4, 5})),
               ErrorKind::kData, "1 part is missing", "language_model.model.layers.3.self_attn.q_proj");
  EXPECT_ERROR(check(R"({"r": 1, "target_modules": ".*language_model.*q_proj"})",
                     q_projs("language_model.model.layers.", {0, 1, 2, 4, 5})),
               ErrorKind::kData, "1 part is missing", "layers.3");
}

TEST(AdapterCheck, LayersToTransformRestrictsAList) {
  const auto config = [](const std::string& layers) {
    return R"({"r": 1, "target_modules": ["q_proj"], "exclude_modules": ".*vision_model.*", )" + layers + "}";
  };
  EXPECT_NO_THROW(check(config(R"("layers_to_transform": [2, 3])"), q_projs(kTree, {2, 3})));
  EXPECT_NO_THROW(check(config(R"("layers_to_transform": 2, "layers_pattern": "layers")"), q_projs(kTree, {2})));
  EXPECT_NO_THROW(
      check(config(R"("layers_to_transform": [2], "layers_pattern": ["h", "layers"])"), q_projs(kTree, {2})));
  EXPECT_ERROR(check(config(R"("layers_to_transform": [2, 3])"), q_projs(kTree, {2})), ErrorKind::kData, "layers.3");
  EXPECT_ERROR(check(config(R"("layers_to_transform": [2], "layers_pattern": "(")"), q_projs(kTree, {2})),
               ErrorKind::kData, "adapter_config.json", "layers_pattern");
  EXPECT_ERROR(check(config(R"x("layers_to_transform": [2], "layers_pattern": "(layers)")x"), q_projs(kTree, {2})),
               ErrorKind::kData, "layers_pattern", "group 1 is \"layers\"");
  EXPECT_ERROR(
      check(config(R"x("layers_to_transform": [2], "layers_pattern": "((\\w+)+)+[!?]")x"), q_projs(kTree, {2})),
      ErrorKind::kData, "layers_pattern", "too many steps");
}

TEST(AdapterCheck, ModulesToSaveMustBeThereInFull) {
  auto tensors = test::factors(test::kQ, 1);
  const auto config =
      fmt::format(R"({{"r": 1, "target_modules": ["{}"], "modules_to_save": ["multi_modal_projector"]}})", test::kQ);
  tensors["base_model.model.multi_modal_projector.bias"] = at::rand({48});
  EXPECT_ERROR(check(config, tensors), ErrorKind::kData, "multi_modal_projector.weight");
  tensors["base_model.model.multi_modal_projector.weight"] = at::rand({48, 96});
  EXPECT_NO_THROW(check(config, tensors));
}

}  // namespace
}  // namespace llama32med
