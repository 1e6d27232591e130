#include "models/toy/toy_kind.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/toy/toy_model.h"
#include "models/toy/toy_processor.h"

namespace llama32med::toy {
namespace {

const ModelNames& names() {
  static const ModelNames kNames({{"language_model.lm_head", "lm_head"},
                                  {"language_model.model", "model.language_model"},
                                  {"vision_tower", "model.vision_tower"},
                                  {"multi_modal_projector", "model.multi_modal_projector"}},
                                 {{Part::kVision, "vision_tower", R"(vision_tower\..*)"},
                                  {Part::kProjector, "multi_modal_projector", "multi_modal_projector"},
                                  {Part::kText, "language_model", R"(language_model\..*)"}},
                                 "language_model.lm_head");
  return kNames;
}

std::vector<NamedShape> tensors_of(const Config& c) {
  const auto d = c.hidden_size, inner = c.intermediate_size, vision = c.vision_hidden_size;
  std::vector<NamedShape> tensors = {{"vision_tower.patch_projection.weight", {vision, c.patch_values()}},
                                     {"vision_tower.layernorm.weight", {vision}},
                                     {"multi_modal_projector.weight", {d, vision}},
                                     {"multi_modal_projector.bias", {d}},
                                     {"language_model.model.embed_tokens.weight", {c.vocab_size, d}},
                                     {"language_model.model.norm.weight", {d}},
                                     {"language_model.lm_head.weight", {c.vocab_size, d}}};
  const std::vector<NamedShape> layer = {{"input_layernorm.weight", {d}},      {"post_attention_layernorm.weight", {d}},
                                         {"self_attn.q_proj.weight", {d, d}},  {"self_attn.k_proj.weight", {d, d}},
                                         {"self_attn.v_proj.weight", {d, d}},  {"self_attn.o_proj.weight", {d, d}},
                                         {"mlp.gate_proj.weight", {inner, d}}, {"mlp.up_proj.weight", {inner, d}},
                                         {"mlp.down_proj.weight", {d, inner}}};
  for (std::int64_t i = 0; i < c.num_hidden_layers; ++i)
    for (const auto& [name, shape] : layer)
      tensors.push_back({fmt::format("language_model.model.layers.{}.{}", i, name), shape});
  std::ranges::sort(tensors, {}, &NamedShape::name);
  return tensors;
}

// Image tokens are part of the text (query.tokens includes them), so text costs cover their share of the decoder.
ModelCost cost_of(const Config& c, const CostQuery& query) {
  const auto d = static_cast<double>(c.hidden_size), inner = static_cast<double>(c.intermediate_size);
  const auto vision = static_cast<double>(c.vision_hidden_size), layers = static_cast<double>(c.num_hidden_layers);
  const auto image_tokens = static_cast<double>(query.tiles), tokens = static_cast<double>(query.rows * query.tokens);
  const double linears = 4 * d * d + 3 * d * inner, layer = 7 * d + 4 * inner;  // per layer: parameters, kept values
  const double seen = static_cast<double>(query.images) * image_tokens * vision;
  return {.vision = {.kept = 2 * seen, .recomputed = 2 * seen, .working = seen},
          .text = {.kept = tokens * layers * layer,
                   .recomputed = tokens * layers * d,
                   .working = tokens * 2 * inner,
                   .layer = tokens * layer},
          .image_memory = 2 * static_cast<double>(query.images) * image_tokens * d,
          .encoder = {.products = 2 * image_tokens * vision * static_cast<double>(c.patch_values())},
          .projection = 2 * image_tokens * vision * d,
          .text_row = 2 * static_cast<double>(query.tokens) * layers * linears,
          .label_token = 2 * d * static_cast<double>(c.vocab_size)};
}

class Outline final : public ModelOutline {
 public:
  explicit Outline(Config config) : config_(std::move(config)) {}

  std::int64_t vocab_size() const override { return config_.vocab_size; }
  std::vector<NamedShape> tensors() const override { return tensors_of(config_); }
  ModelCost cost(const CostQuery& query) const override { return cost_of(config_, query); }
  Processor processor(const std::filesystem::path&, const ImageProcessorConfig& images) const override {
    return {std::make_shared<ToyImageProcessor>(config_, images), std::make_shared<ToyChat>()};
  }
  std::unique_ptr<Backbone> build(const WeightSource& weights, const BackboneOptions& options,
                                  const at::TensorOptions& target, const LinearChooser* linears) const override {
    auto store = std::make_unique<ParameterStore>(names());
    const Scope root(weights, target, *store, linears);
    return std::make_unique<ToyModel>(config_, options, std::move(store), root);
  }

 private:
  Config config_;
};

Json preset_config(std::int64_t vocab_size) {
  const auto first_special = vocab_size - 256;
  return {{"model_type", "toy"},
          {"image_token_id", first_special + 11},  // ToyChat::image_token()
          {"text_config",
           {{"vocab_size", vocab_size},
            {"hidden_size", 32},
            {"intermediate_size", 48},
            {"num_hidden_layers", 3},
            {"num_attention_heads", 4},
            {"max_position_embeddings", 2048},
            {"eos_token_id", first_special + 9},
            {"pad_token_id", first_special + 4}}},
          {"vision_config", {{"patch_size", 16}, {"max_grid", 4}, {"hidden_size", 24}}}};
}

std::map<std::string, std::string> side_files(const Json&, const std::optional<TokenizerBytes>& tokenizer) {
  if (!tokenizer) return {};
  return {{"tokenizer.model", tokenizer->model}};
}

}  // namespace

BackboneKind kind() {
  return {.model_type = "toy",
          .read = [](const Json& config, const std::string& where) -> std::unique_ptr<ModelOutline> {
            return std::make_unique<Outline>(read_config(config, where));
          },
          .names = &names(),
          .presets = {{.name = "toy", .config = preset_config, .seed = 7}},
          .side_files = side_files};
}

}  // namespace llama32med::toy
