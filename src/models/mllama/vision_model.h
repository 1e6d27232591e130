// The vision encoder of Mllama: tiles -> features, with 32 local and 8 gated global pre-norm transformer layers in the
// released model. Source: meta-llama/llama-models, models/llama3/multimodal. Differences from transformers: README,
// "Semantics".
//
// Letters: N images with the same number of tiles, t tile slots computed, P rows per tile, D hidden_size, R rows of the
// plan.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "llama32med/batch/pixels.h"
#include "llama32med/models/backbone.h"
#include "llama32med/nn/linear_group.h"
#include "llama32med/nn/norm.h"
#include "llama32med/nn/scope.h"
#include "models/mllama/mllama_config.h"
#include "models/mllama/row_plan.h"

namespace llama32med::mllama {

// Receives each intermediate state with its name ("local_0", ..), to compare two implementations step by step.
using Observer = std::function<void(std::string_view name, const at::Tensor& state)>;

enum class Gates { kNone, kTanh };

class VisionLayer {
 public:
  VisionLayer(const VisionConfig& config, const Scope& scope, Gates gates);
  // x [N, R, D] -> the first `rows` rows of the layer's output [N, rows, D]
  at::Tensor operator()(const at::Tensor& x, const RowPlan& plan, std::int64_t rows) const;

 private:
  struct Heads {
    at::Tensor q, k, v;  // [N, H, rows, d], [N, H, R, d]
  };
  Heads heads_of(const at::Tensor& y, std::int64_t rows) const;

  std::int64_t heads_;
  LayerNorm input_layernorm_, post_attention_layernorm_;
  LinearGroup qkv_;
  Linear o_proj_, fc1_, fc2_;
  at::Tensor gate_attn_, gate_ffn_;  // [1], or undefined
};

class VisionModel {
 public:
  VisionModel(const VisionConfig& config, const Scope& scope, const BackboneOptions& options);

  // Features of each image: [real + padded, P, D (1 + intermediate layers)].
  std::vector<ImageStates> operator()(const ImageBatch& images, const Observer& observer = {}) const;

  // False for some checkpoints that were fully fine-tuned elsewhere; their padded tiles differ from each other.
  bool padded_slots_are_zero() const { return padded_slots_are_zero_; }
  Tower tower() const;  // the tower currently in use

 private:
  struct Group;  // images with the same number of real tiles
  Group make_group(const ImageBatch& images, const std::vector<std::size_t>& members) const;
  at::Tensor embed(const Group& group, const Observer& observer) const;                     // [N, t, P, D]
  at::Tensor run_layers(const Group& group, at::Tensor x, const Observer& observer) const;  // [N, kept, P, W]
  at::Tensor run_layer(const VisionLayer& layer, const at::Tensor& x, const RowPlan& plan, std::int64_t rows) const;
  at::Tensor table_rows(const at::Tensor& table, const Group& group) const;  // [N, t, ..]
  const RowPlan& plan_of(std::int64_t real_tiles) const;
  at::Tensor ids_on_device(const std::vector<std::int64_t>& ids) const;
  bool find_padded_slots() const;

  VisionConfig config_;
  BackboneOptions options_;
  at::TensorOptions target_;
  PixelNormalizer pixels_;
  at::Tensor class_embedding_, patch_weight_;
  at::Tensor pre_tile_table_, pre_tile_gate_, post_tile_table_, post_tile_gate_;
  at::Tensor position_table_, position_gate_, tile_position_table_;
  LayerNorm layernorm_pre_, layernorm_post_;
  std::vector<VisionLayer> local_layers_, global_layers_;
  bool padded_slots_are_zero_ = true;

  // What depends on the number of tiles alone, or on the grids of a batch: made once, so that later passes only upload
  // pixels.
  struct Kept {
    std::mutex mutex;
    std::map<std::pair<std::int64_t, Tower>, RowPlan> plans;
    std::map<std::vector<std::int64_t>, at::Tensor> ids;
  };
  std::unique_ptr<Kept> kept_ = std::make_unique<Kept>();
};

}  // namespace llama32med::mllama
