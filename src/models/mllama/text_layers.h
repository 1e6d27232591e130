// The layers of Mllama's text decoder: self-attention over the text and gated cross-attention to the image states.
// Source: meta-llama/llama-models models/llama3/multimodal.
//
// Letters: B rows, L tokens, D hidden_size, R rows that attend to images, K keys, d head size.
//
// A layer takes and returns a Residual: its last addition is left to the norm of the next layer.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "llama32med/nn/kv_cache.h"
#include "llama32med/nn/linear_group.h"
#include "llama32med/nn/norm.h"
#include "llama32med/nn/rope.h"
#include "llama32med/nn/scope.h"
#include "models/mllama/mllama_config.h"
#include "models/mllama/view_plan.h"

namespace llama32med::mllama {

class TextMlp {  // down(silu(gate(x)) up(x))
 public:
  TextMlp(const TextConfig& config, const Scope& scope);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  LinearGroup gate_up_;
  Linear down_proj_;
};

enum class Sight {
  kCausal,  // empty cache: each token attends to itself and the tokens before it
  kAll,     // one new token per row, rows of equal length: it attends to all tokens
  kBiased   // new tokens after cached rows of different lengths
};

struct SelfContext {  // shared by all self-attention layers of one pass
  RopeAngles angles;
  at::Tensor positions;  // [B, L] int64
  KvCache* cache = nullptr;
  Sight sight = Sight::kCausal;
  at::Tensor bias;        // kBiased: prepared_bias() of [B, 1, L, E], 0 or -inf over cached and new keys
  std::int64_t keys = 0;  // E, with a cache
};

class SelfLayer {
 public:
  SelfLayer(const TextConfig& config, const Scope& scope, std::int64_t cache_slot);
  Residual operator()(const Residual& x, const SelfContext& context) const;  // [B, L, D] -> the same

 private:
  at::Tensor attend(const at::Tensor& y, const SelfContext& context) const;
  // Rotates q, adds the keys and values of the pass to the cache, and returns all of them.
  KeysValues remember(at::Tensor& q, const KeysValues& fresh, const SelfContext& context) const;

  std::int64_t heads_, kv_heads_, cache_slot_;
  RmsNorm input_layernorm_, post_attention_layernorm_;
  LinearGroup qkv_;
  Linear o_proj_;
  TextMlp mlp_;
};

// tanh of a trained scalar, kept while nothing trains.
class TanhGate {
 public:
  TanhGate(const Scope& scope, const std::string& name) : value_(scope.weight(name, {1})) {}
  at::Tensor operator()() const;  // [1]

 private:
  at::Tensor value_;
  mutable at::Tensor kept_;
  mutable std::int64_t version_ = -1;
};

class CrossLayer {
 public:
  CrossLayer(const TextConfig& config, const Scope& scope);
  KeysValues keys_values(const at::Tensor& states) const;  // [K, D] -> [Hkv, K, d]
  // Rows without images stay unchanged (meta) or use only the attention branch (hf, rows from plan.seeing).
  Residual operator()(const Residual& x, const ViewPlan& plan, const KeysValues& memory,
                      const std::vector<ImageKeys>& images) const;

 private:
  // All rows [R, D] attend and pass the MLP.
  Residual look(const Residual& x, const ViewPlan& plan, const KeysValues& memory,
                const std::vector<ImageKeys>& images) const;
  at::Tensor attend(const at::Tensor& normed, const ViewPlan& plan, const KeysValues& memory,
                    const std::vector<ImageKeys>& images) const;

  std::int64_t heads_, kv_heads_;
  RmsNorm input_layernorm_, post_attention_layernorm_, q_norm_, k_norm_;
  Linear q_proj_;
  LinearGroup kv_;
  Linear o_proj_;
  TextMlp mlp_;
  TanhGate attn_gate_, mlp_gate_;
};

}  // namespace llama32med::mllama
