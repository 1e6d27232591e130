#include "llama32med/weights/model_shape.h"

#include <algorithm>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

class TensorList {
 public:
  void add(std::string name, std::vector<std::int64_t> shape) {
    tensors_.push_back({std::move(name), std::move(shape)});
  }
  void add_norm(const std::string& name, std::int64_t width) {  // LayerNorm
    add(name + ".weight", {width});
    add(name + ".bias", {width});
  }
  std::vector<NamedShape> sorted() && {
    std::ranges::sort(tensors_, {}, &NamedShape::name);
    return std::move(tensors_);
  }

 private:
  std::vector<NamedShape> tensors_;
};

void check(const ModelShape& s) {
  for (const auto size : {s.vocab_size, s.hidden_size, s.intermediate_size, s.layers, s.heads, s.kv_heads,
                          s.vision_hidden, s.vision_intermediate, s.image_size, s.patch_size, s.max_tiles})
    if (size < 1) throw usage_error("model config: a size is {}, it must be at least 1", size);
  if (s.vision_layers < 0 || s.vision_global_layers < 0 || s.intermediate_features < 0)
    throw usage_error("model config: a count of vision layers is below 0");
  if (s.hidden_size % s.heads != 0 || s.heads % s.kv_heads != 0)
    throw usage_error("model config: hidden_size {}, heads {} and kv heads {} must divide one another", s.hidden_size,
                      s.heads, s.kv_heads);
  for (const auto layer : s.cross_layers)
    if (layer < 0 || layer >= s.layers)
      throw usage_error("model config: cross_attention_layers names layer {} of {}", layer, s.layers);
  for (const auto& [high, wide] : s.aspect_ratios)
    if (high < 1 || wide < 1 || high * wide > s.max_tiles)
      throw usage_error("model config: aspect ratio {} x {} does not fit into {} tiles", high, wide, s.max_tiles);
}

void add_text(TensorList& list, const ModelShape& s) {
  const auto h = s.hidden_size, f = s.intermediate_size, head = h / s.heads, kv = s.kv_heads * head;
  const std::string model = "language_model.model.";
  list.add(model + "embed_tokens.weight", {s.vocab_size + 8, h});  // 8 more for <|image|>, of which 7 are never used
  list.add("language_model.lm_head.weight", {s.vocab_size, h});
  list.add(model + "norm.weight", {h});
  for (std::int64_t i = 0; i < s.layers; ++i) {
    const auto layer = fmt::format("{}layers.{}.", model, i);
    const bool cross = std::ranges::find(s.cross_layers, i) != s.cross_layers.end();
    const auto attention = layer + (cross ? "cross_attn." : "self_attn.");
    list.add(attention + "q_proj.weight", {h, h});
    list.add(attention + "k_proj.weight", {kv, h});
    list.add(attention + "v_proj.weight", {kv, h});
    list.add(attention + "o_proj.weight", {h, h});
    if (cross) {
      list.add(attention + "q_norm.weight", {head});
      list.add(attention + "k_norm.weight", {head});
      list.add(layer + "cross_attn_attn_gate", {1});
      list.add(layer + "cross_attn_mlp_gate", {1});
    }
    list.add(layer + "mlp.gate_proj.weight", {f, h});
    list.add(layer + "mlp.up_proj.weight", {f, h});
    list.add(layer + "mlp.down_proj.weight", {h, f});
    list.add(layer + "input_layernorm.weight", {h});
    list.add(layer + "post_attention_layernorm.weight", {h});
  }
}

enum class Gates { kNone, kOnBranches };

void add_vision_stack(TensorList& list, const ModelShape& s, const std::string& stack, std::int64_t count,
                      Gates gates) {
  const auto d = s.vision_hidden, f = s.vision_intermediate;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto layer = fmt::format("vision_model.{}.layers.{}.", stack, i);
    for (const char* projection : {"q_proj", "k_proj", "v_proj", "o_proj"})
      list.add(layer + "self_attn." + projection + ".weight", {d, d});
    list.add(layer + "mlp.fc1.weight", {f, d});
    list.add(layer + "mlp.fc1.bias", {f});
    list.add(layer + "mlp.fc2.weight", {d, f});
    list.add(layer + "mlp.fc2.bias", {d});
    list.add_norm(layer + "input_layernorm", d);
    list.add_norm(layer + "post_attention_layernorm", d);
    if (gates == Gates::kNone) continue;
    list.add(layer + "gate_attn", {1});
    list.add(layer + "gate_ffn", {1});
  }
}

void add_vision(TensorList& list, const ModelShape& s) {
  const auto d = s.vision_hidden, ids = static_cast<std::int64_t>(s.aspect_ratios.size()) + 1;  // id 0: no image
  const std::string vision = "vision_model.";
  list.add(vision + "class_embedding", {d});
  list.add(vision + "patch_embedding.weight", {d, 3, s.patch_size, s.patch_size});
  list.add(vision + "gated_positional_embedding.embedding", {s.patches(), d});
  list.add(vision + "gated_positional_embedding.gate", {1});
  list.add(vision + "gated_positional_embedding.tile_embedding.weight", {ids, s.max_tiles * s.patches() * d});
  for (const char* side : {"pre", "post"}) {
    list.add(vision + side + "_tile_positional_embedding.embedding.weight", {ids, s.max_tiles * d});
    list.add(vision + side + "_tile_positional_embedding.gate", {1});
    list.add_norm(vision + "layernorm_" + side, d);
  }
  add_vision_stack(list, s, "transformer", s.vision_layers, Gates::kNone);
  add_vision_stack(list, s, "global_transformer", s.vision_global_layers, Gates::kOnBranches);
  list.add("multi_modal_projector.weight", {s.hidden_size, d * (1 + s.intermediate_features)});
  list.add("multi_modal_projector.bias", {s.hidden_size});
}

// A config.json's numbers, with errors that say which is missing.
class Section {
 public:
  Section(const Json& json, const std::string& where, const std::string& name) : place_(where + ": " + name) {
    const auto found = json.is_object() ? json.find(name) : json.end();
    if (found == json.end() || !found->is_object()) throw data_error("{}: has no \"{}\" section", where, name);
    json_ = &*found;
  }
  bool has(const char* key) const { return json_->contains(key); }
  const Json& at(const char* key) const {
    if (const auto found = json_->find(key); found != json_->end()) return *found;
    throw data_error("{}: has no \"{}\"", place_, key);
  }
  std::int64_t number(const char* key) const { return as_number(key, at(key)); }
  std::vector<std::int64_t> numbers(const char* key) const {
    std::vector<std::int64_t> list;
    if (!at(key).is_array()) throw data_error("{}: \"{}\" must be a list, not {}", place_, key, at(key).dump());
    for (const auto& item : at(key)) list.push_back(as_number(key, item));
    return list;
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs(const char* key) const {
    std::vector<std::pair<std::int64_t, std::int64_t>> list;
    for (const auto& item : at(key)) {
      if (!item.is_array() || item.size() != 2)
        throw data_error("{}: \"{}\" must hold pairs, not {}", place_, key, item.dump());
      list.emplace_back(as_number(key, item[0]), as_number(key, item[1]));
    }
    return list;
  }

 private:
  std::int64_t as_number(const char* key, const Json& value) const {
    if (!value.is_number_integer())
      throw data_error("{}: \"{}\" must be a whole number, not {}", place_, key, value.dump());
    return value.get<std::int64_t>();
  }
  std::string place_;
  const Json* json_ = nullptr;
};

}  // namespace

std::vector<NamedShape> checkpoint_tensors(const ModelShape& shape) {
  check(shape);
  TensorList list;
  add_text(list, shape);
  add_vision(list, shape);
  return std::move(list).sorted();
}

std::vector<std::pair<std::int64_t, std::int64_t>> aspect_ratios_up_to(std::int64_t max_tiles) {
  std::vector<std::pair<std::int64_t, std::int64_t>> ratios;
  for (std::int64_t high = 1; high <= max_tiles; ++high)
    for (std::int64_t wide = 1; high * wide <= max_tiles; ++wide) ratios.emplace_back(high, wide);
  return ratios;
}

ModelShape read_model_shape(const std::string& config_json, const std::string& where) {
  const auto json = parse_json(config_json, where);
  const Section text(json, where, "text_config"), vision(json, where, "vision_config");
  ModelShape s;
  s.vocab_size = text.number("vocab_size");
  s.hidden_size = text.number("hidden_size");
  s.intermediate_size = text.number("intermediate_size");
  s.layers = text.number("num_hidden_layers");
  s.cross_layers = text.numbers("cross_attention_layers");
  s.heads = text.number("num_attention_heads");
  s.kv_heads = text.number("num_key_value_heads");
  s.vision_hidden = vision.number("hidden_size");
  s.vision_intermediate = vision.number("intermediate_size");
  s.vision_layers = vision.number("num_hidden_layers");
  s.vision_global_layers = vision.number("num_global_layers");
  s.intermediate_features = static_cast<std::int64_t>(vision.numbers("intermediate_layers_indices").size());
  s.image_size = vision.number("image_size");
  s.patch_size = vision.number("patch_size");
  s.max_tiles = vision.number("max_num_tiles");
  const char* ratios = "supported_aspect_ratios";
  s.aspect_ratios = vision.has(ratios) ? vision.pairs(ratios) : aspect_ratios_up_to(s.max_tiles);
  check(s);
  return s;
}

}  // namespace llama32med
