// The text decoder of Mllama: Llama 3.1 layers, some of them replaced by gated cross-attention to the image states
// (text_layers.h).
//
// Letters: B rows, L tokens, D hidden_size, V vocab_size.
#pragma once
#include <ATen/core/Tensor.h>

#include <memory>
#include <variant>
#include <vector>

#include "llama32med/models/backbone.h"
#include "llama32med/nn/norm.h"
#include "llama32med/nn/rope.h"
#include "llama32med/nn/scope.h"
#include "models/mllama/mllama_config.h"
#include "models/mllama/text_layers.h"
#include "models/mllama/vision_model.h"  // Observer

namespace llama32med::mllama {

class TextModel {
 public:
  TextModel(const TextConfig& config, const Scope& scope, const BackboneOptions& options);

  ImageMemory image_memory(const std::vector<ImageStates>& states) const;
  at::Tensor decode(const TextBatch& text, const ImageMemory& memory, KvCache* cache,
                    const Observer& observer = {}) const;  // -> [B, L, D]
  DecodedText decode_with(const TextBatch& text, const ImageMemory& memory, const IndexLists& lists) const;
  at::Tensor logits(const at::Tensor& hidden) const { return lm_head_(hidden); }
  KvCache new_cache() const;
  // See Backbone::next_tokens().
  std::unique_ptr<NextTokens> next_tokens(const TextBatch& first, const ImageMemory& memory, KvCache& cache,
                                          std::int64_t steps) const;

 private:
  friend class TextSteps;  // NextTokens of this model

  struct Pass {      // the input of a pass on the device
    at::Tensor ids;  // [B, L]
    SelfContext self;
    ViewPlan plan;
    std::vector<at::Tensor> lists;  // the caller's
  };
  Pass make_pass(const TextBatch& text, const ImageMemory& memory, KvCache* cache, const IndexLists& lists = {}) const;
  // Angles and, after cached rows, the bias for tokens at context.positions.
  void look_back(SelfContext& context) const;
  at::Tensor run(const Pass& pass, const ImageMemory& memory, const Observer& observer = {}) const;  // -> [B, L, D]
  bool recomputes(const KvCache* cache) const;

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
  at::Tensor zero_, minus_infinity_;  // [] in the model's dtype, on its device
};

}  // namespace llama32med::mllama
