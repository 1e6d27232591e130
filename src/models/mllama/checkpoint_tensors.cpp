#include "models/mllama/checkpoint_tensors.h"

#include <fmt/format.h>

#include <algorithm>

namespace llama32med::mllama {
namespace {

class TensorList {
 public:
  void add(std::string name, std::vector<std::int64_t> shape) {
    tensors_.push_back({std::move(name), std::move(shape)});
  }
  void add_layer_norm(const std::string& name, std::int64_t size) {
    add(name + ".weight", {size});
    add(name + ".bias", {size});
  }
  std::vector<NamedShape> sorted() && {
    std::ranges::sort(tensors_, {}, &NamedShape::name);
    return std::move(tensors_);
  }

 private:
  std::vector<NamedShape> tensors_;
};

void add_text_layer(TensorList& list, const TextConfig& c, std::int64_t i) {
  const auto h = c.hidden_size, kv = c.key_value_size(), inner = c.intermediate_size;
  const auto layer = fmt::format("language_model.model.layers.{}.", i);
  const auto attention = layer + (c.is_cross(i) ? "cross_attn." : "self_attn.");
  list.add(attention + "q_proj.weight", {h, h});
  list.add(attention + "k_proj.weight", {kv, h});
  list.add(attention + "v_proj.weight", {kv, h});
  list.add(attention + "o_proj.weight", {h, h});
  if (c.is_cross(i)) {
    list.add(attention + "q_norm.weight", {c.head_dim()});
    list.add(attention + "k_norm.weight", {c.head_dim()});
    list.add(layer + "cross_attn_attn_gate", {1});
    list.add(layer + "cross_attn_mlp_gate", {1});
  }
  list.add(layer + "mlp.gate_proj.weight", {inner, h});
  list.add(layer + "mlp.up_proj.weight", {inner, h});
  list.add(layer + "mlp.down_proj.weight", {h, inner});
  list.add(layer + "input_layernorm.weight", {h});
  list.add(layer + "post_attention_layernorm.weight", {h});
}

void add_text(TensorList& list, const TextConfig& c) {
  list.add("language_model.model.embed_tokens.weight", {c.embeddings(), c.hidden_size});
  list.add("language_model.lm_head.weight", {c.vocab_size, c.hidden_size});
  list.add("language_model.model.norm.weight", {c.hidden_size});
  for (std::int64_t i = 0; i < c.num_hidden_layers; ++i) add_text_layer(list, c, i);
}

void add_vision_layer(TensorList& list, const VisionConfig& c, const std::string& layer) {
  const auto h = c.hidden_size, inner = c.intermediate_size;
  for (const char* projection : {"q_proj", "k_proj", "v_proj", "o_proj"})
    list.add(layer + "self_attn." + projection + ".weight", {h, h});
  list.add(layer + "mlp.fc1.weight", {inner, h});
  list.add(layer + "mlp.fc1.bias", {inner});
  list.add(layer + "mlp.fc2.weight", {h, inner});
  list.add(layer + "mlp.fc2.bias", {h});
  list.add_layer_norm(layer + "input_layernorm", h);
  list.add_layer_norm(layer + "post_attention_layernorm", h);
}

void add_vision_layers(TensorList& list, const VisionConfig& c) {
  for (std::int64_t i = 0; i < c.num_hidden_layers; ++i)
    add_vision_layer(list, c, fmt::format("vision_model.transformer.layers.{}.", i));
  for (std::int64_t i = 0; i < c.num_global_layers; ++i) {
    const auto layer = fmt::format("vision_model.global_transformer.layers.{}.", i);
    add_vision_layer(list, c, layer);
    list.add(layer + "gate_attn", {1});
    list.add(layer + "gate_ffn", {1});
  }
}

void add_vision_embeddings(TensorList& list, const VisionConfig& c) {
  const auto h = c.hidden_size, ratios = c.table_rows(), tiles = c.max_num_tiles;
  const std::string vision = "vision_model.";
  list.add(vision + "class_embedding", {h});
  list.add(vision + "patch_embedding.weight", {h, 3, c.patch_size, c.patch_size});
  list.add(vision + "gated_positional_embedding.embedding", {c.rows_per_tile(), h});
  list.add(vision + "gated_positional_embedding.gate", {1});
  list.add(vision + "gated_positional_embedding.tile_embedding.weight", {ratios, tiles * c.rows_per_tile() * h});
  for (const char* side : {"pre", "post"}) {
    list.add(vision + side + "_tile_positional_embedding.embedding.weight", {ratios, tiles * h});
    list.add(vision + side + "_tile_positional_embedding.gate", {1});
    list.add_layer_norm(vision + "layernorm_" + side, h);
  }
}

}  // namespace

std::vector<NamedShape> checkpoint_tensors(const Config& config) {
  TensorList list;
  add_text(list, config.text);
  add_vision_embeddings(list, config.vision);
  add_vision_layers(list, config.vision);
  list.add("multi_modal_projector.weight", {config.text.hidden_size, config.vision.vision_output_dim()});
  list.add("multi_modal_projector.bias", {config.text.hidden_size});
  return std::move(list).sorted();
}

}  // namespace llama32med::mllama
