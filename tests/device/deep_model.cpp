#include "device/deep_model.h"

#include <nlohmann/json.hpp>

#include "llama32med/weights/random_weights.h"

namespace llama32med::test {
namespace {

constexpr std::int64_t kOrdinary = 256, kShared = 40;

Json deep_config() {
  auto json = find_preset("the test", "tiny").preset.config(2 * kOrdinary);
  json["text_config"].update(Json{{"num_hidden_layers", 40},
                                  {"cross_attention_layers", {3, 8, 13, 18, 23, 28, 33, 38}},
                                  {"hidden_size", 64},
                                  {"num_attention_heads", 4},
                                  {"num_key_value_heads", 2},
                                  {"intermediate_size", 128}});
  json["vision_config"].update(Json{{"num_hidden_layers", 32},
                                    {"num_global_layers", 8},
                                    {"hidden_size", 64},
                                    {"attention_heads", 4},
                                    {"intermediate_size", 128},
                                    {"intermediate_layers_indices", {3, 7, 15, 23, 30}},
                                    {"vision_output_dim", 64 * 6}});
  return json;
}

}  // namespace

Json wide_config() {
  auto json = deep_config();
  json["text_config"].update(Json{{"num_hidden_layers", 6},
                                  {"cross_attention_layers", {1, 4}},
                                  {"hidden_size", 128},
                                  {"num_attention_heads", 8},
                                  {"intermediate_size", 448}});
  json["vision_config"].update(Json{{"num_hidden_layers", 6},
                                    {"num_global_layers", 2},
                                    {"hidden_size", 80},
                                    {"attention_heads", 1},
                                    {"intermediate_size", 320},
                                    {"intermediate_layers_indices", {1, 2, 3, 4, 5}},
                                    {"vision_output_dim", 80 * 6},
                                    {"image_size", 112}});
  return json;
}

DeepModel::DeepModel() : DeepModel(deep_config()) {}

DeepModel::DeepModel(const Json& config)
    : outline(read_outline(config, "the deep model")),
      scaling(outline->processor({}, {}).images->scaling()),
      tile(config["vision_config"]["image_size"]) {}

std::unique_ptr<Backbone> DeepModel::build(const at::TensorOptions& target, const BackboneOptions& options,
                                           const LinearChooser* linears) const {
  const auto weights = outline->random_weights({.dtype = at::kBFloat16, .rule = WeightRule::kPlain});
  return outline->build(*weights, options, target, linears);
}

ProcessedImage DeepModel::picture(std::int64_t tiles) const {
  const Picture noise = [&] {
    Picture made{.size = {tiles == 4 ? 2 * tile : tile, tiles == 1 ? tile : 2 * tile}};
    made.pixels.resize(static_cast<std::size_t>(made.size.height * made.size.width * 3));
    for (std::size_t i = 0; i < made.pixels.size(); ++i)
      made.pixels[i] = static_cast<std::uint8_t>(i * 37 + i / static_cast<std::size_t>(tile));
    return made;
  }();
  return outline->processor({}, {}).images->process(noise);
}

ImageBatch DeepModel::images(std::int64_t count, std::int64_t tiles) const {
  return ImageBatch(static_cast<std::size_t>(count), image_input(picture(tiles), scaling));
}

std::vector<std::int64_t> question(std::int64_t length, std::int64_t shared, std::int64_t number,
                                   const ModelFacts& facts) {
  std::vector<std::int64_t> ids{kOrdinary, facts.image_token};
  for (std::int64_t i = 2; i < length; ++i) ids.push_back((i < shared ? i * 7 : i * 13 + number * 31) % kOrdinary);
  return ids;
}

std::vector<Prompt> questions(std::int64_t count, std::int64_t images, const ModelFacts& facts) {
  const auto per_image = count / images;
  std::vector<Prompt> prompts;
  for (std::int64_t i = 0; i < count; ++i)
    prompts.push_back({.ids = question(50 + i % per_image, kShared, i, facts),
                       .images = {i / per_image, 1},
                       .draws = static_cast<std::uint64_t>(i)});
  return prompts;
}

TrainingStep training_step(const DeepModel& deep, std::int64_t questions, const ModelFacts& facts,
                           const Record& record) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t i = 0; i < questions; ++i) lengths.push_back(60 + i);
  return training_step(deep, lengths, facts, record);
}

TrainingStep training_step(const DeepModel& deep, const std::vector<std::int64_t>& lengths, const ModelFacts& facts,
                           const Record& record) {
  constexpr std::size_t kAnswer = 6;
  TrainingStep step;
  step.pictures.push_back({"image", deep.picture(1)});
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    TrainingText text{.ids = question(lengths[i], kShared, static_cast<std::int64_t>(i), facts), .labels = {}};
    text.labels.assign(text.ids.size(), kNoLabel);
    std::copy(text.ids.end() - kAnswer, text.ids.end(), text.labels.end() - kAnswer);
    step.rows.push_back({&record, std::move(text), 0});
  }
  return step;
}

}  // namespace llama32med::test
