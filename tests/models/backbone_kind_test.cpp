#include "llama32med/models/backbone_kind.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace llama32med {
namespace {

TEST(BackboneKind, IsFoundByModelType) {
  const auto kind_of = [](const Json& config) { return backbone_kind(config, "c.json").model_type; };
  EXPECT_EQ(kind_of({{"model_type", "mllama"}}), "mllama");
  EXPECT_ERROR(kind_of({{"model_type", "llava"}}), ErrorKind::kData, "c.json", "\"llava\" is not known", "mllama");
  EXPECT_ERROR(kind_of({{"model_type", 3}}), ErrorKind::kData, "model_type 3");
  EXPECT_ERROR(kind_of({{"model", "mllama"}}), ErrorKind::kData, "\"model_type\" is missing");
  EXPECT_ERROR(kind_of(Json::array()), ErrorKind::kData, "c.json: must be an object");
}

class NothingOutline final : public ModelOutline {
 public:
  std::int64_t vocab_size() const override { return 0; }
  std::vector<NamedShape> tensors() const override { return {{"nothing.weight", {2, 2}}}; }
  ModelCost cost(const CostQuery&) const override { return {}; }
  Processor processor(const std::filesystem::path&, const ImageProcessorConfig&) const override { return {}; }
  std::unique_ptr<Backbone> build(const WeightSource&, const BackboneOptions&, const at::TensorOptions&,
                                  const LinearChooser*) const override {
    return nullptr;
  }
};

const ModelNames kNoNames;

BackboneKind nothing_kind() {
  return {.model_type = "nothing",
          .read = [](const Json&, const std::string&) -> std::unique_ptr<ModelOutline> {
            return std::make_unique<NothingOutline>();
          },
          .names = &kNoNames,
          .presets = {{.name = "naught", .config = [](std::int64_t) {
                         return Json{{"model_type", "nothing"}};
                       }}}};
}

TEST(BackboneKind, CanBeAdded) {
  const auto& before = backbone_kind({{"model_type", "mllama"}}, "c.json");
  add_backbone(nothing_kind());
  EXPECT_EQ(&backbone_kind({{"model_type", "mllama"}}, "c.json"), &before);
  const auto found = find_preset("--preset", "naught");
  EXPECT_EQ(found.kind.model_type, "nothing");
  const auto outline = read_outline(found.preset.config(0), "c.json");
  EXPECT_EQ(outline->random_weights({})->names(), std::vector<std::string>{"nothing.weight"});
  EXPECT_THROW(add_backbone(nothing_kind()), std::logic_error);
  EXPECT_ERROR(find_preset("--preset", "naugt"), ErrorKind::kUsage, "--preset", "\"naught\"", "tiny");
}

}  // namespace
}  // namespace llama32med
