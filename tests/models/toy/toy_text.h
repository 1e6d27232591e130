// The text decoder of the toy model.
//
// Letters: B rows, L new tokens, D hidden_size, V vocab_size, E cached and new tokens.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "llama32med/models/backbone.h"
#include "llama32med/nn/norm.h"
#include "llama32med/nn/rope.h"
#include "llama32med/nn/scope.h"
#include "models/toy/toy_config.h"

namespace llama32med::toy {

struct ToyLayout final : ImageLayout {
  std::vector<ImageGrid> grids;  // per image; position ids depend on it
};

struct Context {  // shared by all layers of a forward pass
  RopeAngles angles;
  at::Tensor bias;  // [B, 1, L, E] 0, or -inf for keys that a token does not attend to
  KvCache* cache = nullptr;
};

class Layer {
 public:
  Layer(const Config& config, const Scope& scope, std::int64_t index);
  at::Tensor operator()(const at::Tensor& x, const Context& context) const;  // [B, L, D] -> [B, L, D]

 private:
  at::Tensor attend(const at::Tensor& y, const Context& context) const;

  std::int64_t heads_, index_;
  RmsNorm input_layernorm_, post_attention_layernorm_;
  Linear q_proj_, k_proj_, v_proj_, o_proj_, gate_proj_, up_proj_, down_proj_;
};

class ToyText {
 public:
  ToyText(const Config& config, const Scope& scope, Activations activations);
  at::Tensor decode(const TextBatch& text, const ImageMemory& memory, KvCache* cache) const;  // -> [B, L, D]
  at::Tensor logits(const at::Tensor& hidden) const { return lm_head_(hidden); }
  KvCache new_cache() const { return KvCache(std::ssize(layers_)); }

 private:
  Context context(const TextBatch& text, const ImageMemory& memory, KvCache* cache) const;

  Activations activations_;
  at::TensorOptions target_;
  at::Tensor embed_tokens_;  // [V, D]
  std::vector<Layer> layers_;
  RmsNorm norm_;
  Linear lm_head_;
  Rope rope_;
};

}  // namespace llama32med::toy
