// The text decoder of Mllama: Llama 3.1 layers, some of them replaced by gated cross-attention to the image states.
// Source: meta-llama/llama-models models/llama3/multimodal.
//
// Letters: B rows, L tokens, D hidden_size, R rows that attend to images, K keys, d head size.
#pragma once
#include <ATen/core/Tensor.h>

#include <variant>
#include <vector>

#include "llama32med/models/backbone.h"
#include "llama32med/nn/norm.h"
#include "llama32med/nn/rope.h"
#include "llama32med/nn/scope.h"
#include "models/mllama/mllama_config.h"
#include "models/mllama/view_plan.h"
#include "models/mllama/vision_model.h"  // Observer

namespace llama32med::mllama {

class TextMlp {  // down(silu(gate(x)) up(x))
 public:
  TextMlp(const TextConfig& config, const Scope& scope);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  Linear gate_proj_, up_proj_, down_proj_;
};

enum class Sight {
  kCausal,  // empty cache: each token attends to itself and the tokens before it
  kAll,     // one new token per row, rows of equal length: it attends to all tokens
  kBiased   // new tokens after cached rows of different lengths
};

struct SelfContext {  // shared by all self-attention layers of one pass
  RopeAngles angles;
  KvCache* cache = nullptr;
  Sight sight = Sight::kCausal;
  at::Tensor bias;  // kBiased: prepared_bias() of [B, 1, L, E], 0 or -inf over cached and new keys
};

class SelfLayer {
 public:
  SelfLayer(const TextConfig& config, const Scope& scope, std::int64_t cache_slot);
  at::Tensor operator()(const at::Tensor& x, const SelfContext& context) const;  // [B, L, D] -> the same

 private:
  at::Tensor attend(const at::Tensor& y, const SelfContext& context) const;

  std::int64_t heads_, kv_heads_, cache_slot_;
  RmsNorm input_layernorm_, post_attention_layernorm_;
  Linear q_proj_, k_proj_, v_proj_, o_proj_;
  TextMlp mlp_;
};

class CrossLayer {
 public:
  CrossLayer(const TextConfig& config, const Scope& scope);
  KeysValues keys_values(const at::Tensor& states) const;  // [K, D] -> [Hkv, K, d]
  // Rows without images stay unchanged (meta) or use only the attention branch (hf, rows from plan.seeing).
  at::Tensor operator()(const at::Tensor& x, const ViewPlan& plan, const KeysValues& memory,
                        const std::vector<ImageKeys>& images) const;

 private:
  std::int64_t heads_, kv_heads_;
  RmsNorm input_layernorm_, post_attention_layernorm_, q_norm_, k_norm_;
  Linear q_proj_, k_proj_, v_proj_, o_proj_;
  TextMlp mlp_;
  at::Tensor attn_gate_, mlp_gate_;  // [1]
};

class TextModel {
 public:
  TextModel(const TextConfig& config, const Scope& scope, const BackboneOptions& options);

  ImageMemory image_memory(const std::vector<ImageStates>& states) const;
  at::Tensor decode(const TextBatch& text, const ImageMemory& memory, KvCache* cache,
                    const Observer& observer = {}) const;  // -> [B, L, D]
  at::Tensor logits(const at::Tensor& hidden) const { return lm_head_(hidden); }
  KvCache new_cache() const;

 private:
  SelfContext self_context(const TextBatch& text, KvCache* cache) const;

  static at::Tensor recomputed(const SelfLayer& layer, const at::Tensor& x, const SelfContext& context);
  static at::Tensor recomputed(const CrossLayer& layer, const at::Tensor& x, const ViewPlan& plan,
                               const KeysValues& memory, const std::vector<ImageKeys>& images);

  TextConfig config_;
  Semantics semantics_;
  Activations activations_;
  at::TensorOptions target_;
  at::Tensor embed_tokens_;  // [V + 8, D]: the first row after the vocabulary is the image token
  std::vector<std::variant<SelfLayer, CrossLayer>> layers_;
  RmsNorm norm_;
  Linear lm_head_;
  Rope rope_;
};

}  // namespace llama32med::mllama
