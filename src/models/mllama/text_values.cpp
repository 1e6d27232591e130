// Letters: T tokens of a pass, padding included; D hidden_size, K size of all key heads together, I intermediate_size,
// H heads, d head size.
#include <fmt/format.h>

#include <algorithm>

#include "models/mllama/kept_values.h"
#include "models/mllama/linear_values.h"

namespace llama32med::mllama {
namespace {

struct Sizes {
  double hidden, inner, keys, heads, head_dim;
};

Sizes sizes_of(const TextConfig& c) {
  return {static_cast<double>(c.hidden_size), static_cast<double>(c.intermediate_size),
          static_cast<double>(c.key_value_size()), static_cast<double>(c.num_attention_heads),
          static_cast<double>(c.head_dim())};
}

std::string layer_name(std::int64_t i) { return fmt::format("language_model.model.layers.{}", i); }

LinearValues keys_values(const TextConfig& c, const CostQuery& query, std::int64_t layer) {
  const auto s = sizes_of(c);
  const auto name = layer_name(layer) + ".cross_attn";
  return linear_values(query, {{name + ".k_proj", s.hidden, s.keys}, {name + ".v_proj", s.hidden, s.keys}});
}

bool any_changes(const CostQuery& query, const std::vector<std::string>& modules) {
  return std::ranges::any_of(modules, [&](const auto& module) { return query.linear(module).changes(); });
}

// Whether what the text attends to has a gradient even before its keys and values are projected.
bool images_learn(const VisionConfig& c, const CostQuery& query) {
  if (query.linear("multi_modal_projector").changes()) return true;
  const auto learns = [&](const char* stack, std::int64_t layers) {
    for (std::int64_t i = 0; i < layers; ++i) {
      const auto name = fmt::format("vision_model.{}.layers.{}", stack, i);
      if (any_changes(query, {name + ".self_attn.q_proj", name + ".self_attn.k_proj", name + ".self_attn.v_proj",
                              name + ".self_attn.o_proj", name + ".mlp.fc1", name + ".mlp.fc2"}))
        return true;
    }
    return false;
  };
  return learns("transformer", c.num_hidden_layers) || learns("global_transformer", c.num_global_layers);
}

// RmsNorms of `count` vectors, together [.., width], keep their input. Without a kernel, they keep the root of each
// vector's mean square as well, a half type is normalized in fp32, and that is kept instead; a trained weight keeps
// what it multiplies.
enum class NormWeight { kFrozen, kTrained };

NormWeight norm_weight(const CostQuery& query, const std::string& module) {
  return query.linear(module).trains ? NormWeight::kTrained : NormWeight::kFrozen;
}

double norm_input(const Precision& precision, double width, double count, NormWeight weight) {
  if (precision.on_gpu) return width;
  const double input = precision.is_half ? width * precision.fp32() : width;
  return input + count * precision.fp32() + (weight == NormWeight::kTrained ? width : 0);
}

class TextPass {  // values per token
 public:
  TextPass(const Config& config, const CostQuery& query)
      : c_(config.text),
        query_(query),
        s_(sizes_of(config.text)),
        precision_(query.target),
        images_learn_(images_learn(config.vision, query)),
        norms_(norm_weight(query, layer_name(0) + ".mlp.down_proj")) {}

  double layers() {
    bool learns = norms_ == NormWeight::kTrained;  // and so is the embedding
    double kept = 0;
    for (std::int64_t i = 0; i < c_.num_hidden_layers; ++i) {
      const double layer = c_.is_cross(i) ? cross_layer(i, learns) : self_layer(i, learns);
      kept += layer;
      largest_ = std::max(largest_, layer);
      if (learns) ++learning_;
    }
    return learning_ > 0 ? kept + last() : 0;
  }

  double inputs() const { return learning_ > 0 ? static_cast<double>(learning_) * s_.hidden + last() : 0; }
  double random_states() const { return static_cast<double>(learning_) * precision_.random_state(); }
  double largest() const { return largest_; }
  // A layer with adapters keeps ten tensors of [T, D] and more; of these, gate and up and their product are [T, I] and
  // more.
  double tensors(double tokens) const {
    const Precision& p = precision_;
    return p.is_large(tokens * s_.hidden) ? 10 : p.is_large(tokens * s_.inner) ? 2 : 0;
  }
  double fixed() const { return fixed_; }

  // The backward pass of an MLP begins with the gradients of its result [T, D], of the product [T, I] and of gate and
  // up [T, 2 I], when down_proj has released the product if it kept that; with recompute, the layer's input gets a
  // gradient of its own.
  double working() const {
    const bool again = query_.options.text_activations == Activations::kRecompute;
    return (again ? 2 : 1) * s_.hidden + (down_keeps_ ? 2 : 3) * s_.inner;
  }

 private:
  // The last norm's input; the angles of RoPE, cos and sin [T, d/2] in fp32; ids, positions and gathered rows [T]; on a
  // CPU also the batch that these are made from.
  double last() const {
    const double indices = precision_.on_gpu ? 3 : 6;
    return norm_input() + s_.head_dim * precision_.fp32() + indices * precision_.integer();
  }
  double norm_input() const { return mllama::norm_input(precision_, s_.hidden, 1, norms_); }

  double linear(const LinearValues& values, double in, bool& learns) {
    learns |= values.changes;
    if (!learns) return 0;
    fixed_ += values.fixed;
    return (values.keeps_input ? in : 0) + values.per_row;
  }

  double self_layer(std::int64_t i, bool& learns) {
    const auto name = layer_name(i) + ".self_attn";
    double kept = learns ? norm_input() : 0;
    const auto qkv = linear_values(query_, {{name + ".q_proj", s_.hidden, s_.hidden},
                                            {name + ".k_proj", s_.hidden, s_.keys},
                                            {name + ".v_proj", s_.hidden, s_.keys}});
    kept += linear(qkv, s_.hidden, learns);
    if (learns) kept += self_attention(qkv.joined);
    const auto o_proj = linear_values(query_, {{name + ".o_proj", s_.hidden, s_.hidden}});
    const double merged = precision_.on_gpu && learns ? 0 : s_.hidden;
    return kept + linear(o_proj, merged, learns) + mlp(i, learns);
  }

  // Attention keeps the rotated q and k, its result, v, which is a view of what was projected, and sums in fp32. The
  // kernels of a GPU lay the result out token by token, so that o_proj keeps a view of it; that of the CPU lays it out
  // head by head, as the rotated q is, and o_proj keeps a copy. In fp32 on a GPU, k and v are copied for each query
  // head.
  double self_attention(bool joined) const {
    const double sums = s_.heads * precision_.fp32(), query_and_result = 2 * s_.hidden;
    if (precision_.on_gpu && !precision_.is_half && s_.keys < s_.hidden) return sums + query_and_result + 2 * s_.hidden;
    return sums + query_and_result + s_.keys + (joined ? s_.hidden + 2 * s_.keys : s_.keys);
  }

  // Tokens that attend to images are gathered: all but those before the first one. q as it was projected for its norm;
  // q normalized, with the heads of a key head one after the other; the result, and a copy of it with the heads merged;
  // the rows that return to their places, which index_copy keeps.
  double cross_layer(std::int64_t i, bool& learns) {
    const auto name = layer_name(i) + ".cross_attn";
    double kept = learns ? norm_input() : 0;
    const auto q_proj = linear_values(query_, {{name + ".q_proj", s_.hidden, s_.hidden}});
    kept += linear(q_proj, s_.hidden, learns);
    const auto weight = norm_weight(query_, name + ".q_proj");
    if (learns) kept += mllama::norm_input(precision_, s_.hidden, s_.heads, weight);
    learns |= images_learn_ || keys_values(c_, query_, i).changes;
    if (learns) kept += 2 * s_.hidden + s_.heads * precision_.fp32();
    const auto o_proj = linear_values(query_, {{name + ".o_proj", s_.hidden, s_.hidden}});
    kept += linear(o_proj, s_.hidden, learns);
    if (weight == NormWeight::kTrained) kept += 2 * s_.hidden;  // the branches that the gates multiply
    kept += mlp(i, learns);
    return learns ? kept + s_.hidden : kept;
  }

  // Its norm's input; gate and up; without a kernel SiLU(gate) as well; their product.
  double mlp(std::int64_t i, bool& learns) {
    const auto name = layer_name(i) + ".mlp";
    double kept = learns ? norm_input() : 0;
    const auto gate_up =
        linear_values(query_, {{name + ".gate_proj", s_.hidden, s_.inner}, {name + ".up_proj", s_.hidden, s_.inner}});
    kept += linear(gate_up, s_.hidden, learns);
    if (learns) kept += (precision_.on_gpu ? 2 : 3) * s_.inner;
    const auto down_proj = linear_values(query_, {{name + ".down_proj", s_.inner, s_.hidden}});
    down_keeps_ = down_proj.keeps_input;
    return kept + linear(down_proj, s_.inner, learns);
  }

  const TextConfig& c_;
  const CostQuery& query_;
  Sizes s_;
  Precision precision_;
  bool images_learn_;
  NormWeight norms_;
  double largest_ = 0, fixed_ = 0;
  std::int64_t learning_ = 0;
  bool down_keeps_ = false;
};

}  // namespace

// In use besides at the end of the forward pass: the hidden states; of several rows, a copy of those that predict a
// token; and a copy of those that predict a labeled one, which may be all.
ActivationValues text_values(const Config& config, const CostQuery& query) {
  const auto s = sizes_of(config.text);
  const auto tokens = static_cast<double>(query.rows * query.tokens);
  TextPass pass(config, query);
  const double layers = pass.layers();
  return {.kept = tokens * layers + pass.fixed(),
          .recomputed = tokens * pass.inputs() + pass.random_states(),
          .working = tokens * pass.working(),
          .layer = tokens * pass.largest(),
          .forward = tokens * 3 * s.hidden,
          .tensors_per_layer = pass.tensors(tokens),
          .layers = static_cast<double>(config.text.num_hidden_layers)};
}

// K: the rows of all images. Keys and values of each layer [K, keys], without and with the heads in front; what their
// projection keeps; and its input [K, D], which all layers share. The keys' norm keeps its input, and with it the
// values beside the keys if both are one product.
MemoryValues image_memory_values(const Config& config, const RowLayout& layout, const CostQuery& query) {
  const auto& c = config.text;
  const auto s = sizes_of(c);
  const Precision precision(query.target);
  const double rows = static_cast<double>(query.images) * kept_rows(config.vision, layout);
  const auto projector = linear_values(
      query, {{"multi_modal_projector", static_cast<double>(config.vision.vision_output_dim()), s.hidden}});
  MemoryValues values{.held = rows * projector.per_row + projector.fixed};
  bool keeps_input = false;
  for (const auto layer : c.cross_attention_layers) {
    const auto projected = keys_values(c, query, layer);
    values.held += rows * 2 * s.keys;
    if (!images_learn(config.vision, query) && !projected.changes) continue;
    const auto weight = norm_weight(query, layer_name(layer) + ".cross_attn.k_proj");
    keeps_input |= projected.keeps_input;
    const double normed = norm_input(precision, s.keys, s.keys / s.head_dim, weight);
    values.held += rows * (projected.per_row + (projected.joined ? 2 * s.keys : normed));
    values.held += projected.fixed;
    values.gradients += rows * 2 * s.keys;
  }
  if (keeps_input) values.held += rows * s.hidden;
  return values;
}

}  // namespace llama32med::mllama
