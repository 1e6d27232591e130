#include "models/mllama/vision_model.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "llama32med/core/error.h"
#include "llama32med/nn/index_tensor.h"

namespace llama32med::mllama {
namespace {

void notify(const Observer& observer, std::string_view name, const at::Tensor& state) {
  if (observer) observer(name, state);
}

std::vector<VisionLayer> make_layers(const VisionConfig& config, const Scope& scope, std::int64_t count, Gates gates) {
  std::vector<VisionLayer> layers;
  for (std::int64_t i = 0; i < count; ++i) layers.emplace_back(config, scope / "layers" / i, gates);
  return layers;
}

// [N, R, D] x count -> [N, R, D count], feature-major: channel d count + i is feature d of state i.
at::Tensor interleave(const std::vector<at::Tensor>& states) { return at::stack(states, -1).flatten(2); }

at::Tensor first_rows(const at::Tensor& x, std::int64_t rows) {  // a view of all rows would cost a copy in backward
  return x.size(1) == rows ? x : x.narrow(1, 0, rows);
}

}  // namespace

VisionLayer::VisionLayer(const VisionConfig& c, const Scope& scope, Gates gates)
    : heads_(c.attention_heads),
      input_layernorm_(scope / "input_layernorm", c.hidden_size, c.norm_eps),
      post_attention_layernorm_(scope / "post_attention_layernorm", c.hidden_size, c.norm_eps),
      qkv_(scope / "self_attn", {{"q_proj", {c.hidden_size, c.hidden_size}},
                                 {"k_proj", {c.hidden_size, c.hidden_size}},
                                 {"v_proj", {c.hidden_size, c.hidden_size}}}),
      o_proj_((scope / "self_attn").linear("o_proj", {c.hidden_size, c.hidden_size})),
      fc1_((scope / "mlp").linear("fc1", {c.hidden_size, c.intermediate_size, Bias::kPresent})),
      fc2_((scope / "mlp").linear("fc2", {c.intermediate_size, c.hidden_size, Bias::kPresent})) {
  if (gates == Gates::kNone) return;
  gate_attn_ = scope.weight("gate_attn", {1});
  gate_ffn_ = scope.weight("gate_ffn", {1});
}

at::Tensor VisionLayer::operator()(const at::Tensor& x, const RowPlan& plan, std::int64_t rows) const {
  const auto gated = [](const at::Tensor& gate, const at::Tensor& branch) {
    return gate.defined() ? gate.tanh() * branch : branch;
  };
  const auto y = input_layernorm_(x);
  const auto [q, k, v] = heads_of(y, rows);
  const auto h = first_rows(x, rows) + gated(gate_attn_, o_proj_(merge_heads(attend(plan, q, k, v))));
  return h + gated(gate_ffn_, fc2_(at::gelu(fc1_(post_attention_layernorm_(h)))));
}

// The queries of the first `rows` rows; the last layer needs only those.
VisionLayer::Heads VisionLayer::heads_of(const at::Tensor& y, std::int64_t rows) const {
  const auto split = [&](const at::Tensor& x) { return split_heads(x, heads_); };
  if (const auto all = qkv_.together(y); all.defined()) {
    const auto parts = all.chunk(3, -1);
    return {split(first_rows(parts[0], rows)), split(parts[1]), split(parts[2])};
  }
  return {split(qkv_.alone(0, first_rows(y, rows))), split(qkv_.alone(1, y)), split(qkv_.alone(2, y))};
}

struct VisionModel::Group {
  at::Tensor pixels;  // [N, n, 3, S, S]
  at::Tensor ids;     // [N] rows of the tile tables
  std::int64_t real_tiles = 0;
  RowPlan plan;
};

VisionModel::VisionModel(const VisionConfig& c, const Scope& scope, const BackboneOptions& options)
    : config_(c),
      options_(options),
      target_(scope.target()),
      pixels_(scope.target()),
      class_embedding_(scope.weight("class_embedding", {c.hidden_size})),
      patch_weight_((scope / "patch_embedding").weight("weight", {c.hidden_size, 3, c.patch_size, c.patch_size})),
      pre_tile_table_((scope / "pre_tile_positional_embedding" / "embedding")
                          .weight("weight", {c.table_rows(), c.max_num_tiles * c.hidden_size})),
      pre_tile_gate_((scope / "pre_tile_positional_embedding").weight("gate", {1})),
      post_tile_table_((scope / "post_tile_positional_embedding" / "embedding")
                           .weight("weight", {c.table_rows(), c.max_num_tiles * c.hidden_size})),
      post_tile_gate_((scope / "post_tile_positional_embedding").weight("gate", {1})),
      position_table_((scope / "gated_positional_embedding").weight("embedding", {c.rows_per_tile(), c.hidden_size})),
      position_gate_((scope / "gated_positional_embedding").weight("gate", {1})),
      tile_position_table_(
          (scope / "gated_positional_embedding" / "tile_embedding")
              .weight("weight", {c.table_rows(), c.max_num_tiles * c.rows_per_tile() * c.hidden_size})),
      layernorm_pre_(scope / "layernorm_pre", c.hidden_size, 1e-5),
      layernorm_post_(scope / "layernorm_post", c.hidden_size, 1e-5),
      local_layers_(make_layers(c, scope / "transformer", c.num_hidden_layers, Gates::kNone)),
      global_layers_(make_layers(c, scope / "global_transformer", c.num_global_layers, Gates::kTanh)),
      padded_slots_are_zero_(find_padded_slots()) {}

bool VisionModel::find_padded_slots() const {
  const auto tables = {pre_tile_table_, post_tile_table_, tile_position_table_};
  const auto is_zero = [&](std::int64_t row, std::int64_t first_slot) {
    return std::all_of(tables.begin(), tables.end(), [&](const at::Tensor& table) {
      const auto slots = table.select(0, row).view({config_.max_num_tiles, -1});
      return slots.narrow(0, first_slot, config_.max_num_tiles - first_slot).count_nonzero().item<std::int64_t>() == 0;
    });
  };
  if (!is_zero(0, 0)) return false;
  for (std::size_t i = 0; i < config_.supported_aspect_ratios.size(); ++i)
    if (!is_zero(static_cast<std::int64_t>(i) + 1,
                 config_.supported_aspect_ratios[i].first * config_.supported_aspect_ratios[i].second))
      return false;
  return true;
}

Tower VisionModel::tower() const {
  // With hf semantics padded slots are parameters, and only the dense tower computes a separate gradient for each.
  const bool slots_train = options_.semantics == Semantics::kHf && tile_position_table_.requires_grad();
  return padded_slots_are_zero_ && !slots_train ? options_.tower : Tower::kDense;
}

std::vector<ImageStates> VisionModel::operator()(const ImageBatch& images, const Observer& observer) const {
  std::map<std::int64_t, std::vector<std::size_t>> by_tiles;
  for (std::size_t i = 0; i < images.size(); ++i) by_tiles[images[i].pixels.size(0)].push_back(i);

  std::vector<ImageStates> out(images.size());
  for (const auto& [real_tiles, members] : by_tiles) {
    const auto group = make_group(images, members);
    const auto features = run_layers(group, embed(group, observer), observer);  // [N, kept, P, W]
    for (std::size_t i = 0; i < members.size(); ++i)
      out[members[i]] = {features.select(0, static_cast<std::int64_t>(i)), images[members[i]].extent, real_tiles,
                         group.plan.padded_copies};
  }
  return out;
}

VisionModel::Group VisionModel::make_group(const ImageBatch& images, const std::vector<std::size_t>& members) const {
  Group group;
  ImageBatch alike;
  std::vector<std::int64_t> ids;
  for (const auto i : members) {
    const auto& image = images[i];
    if (image.aspect_ratio_id < 0 || image.aspect_ratio_id >= config_.table_rows())
      throw data_error("aspect ratio id {} is not one of 0 to {}", image.aspect_ratio_id, config_.table_rows() - 1);
    alike.push_back(image);
    ids.push_back(image.aspect_ratio_id);
  }
  group.pixels = pixels_(alike);
  group.real_tiles = group.pixels.size(1);
  if (group.real_tiles < 1 || group.real_tiles > config_.max_num_tiles)
    throw data_error("an image has {} tiles; the model accepts 1 to {}", group.real_tiles, config_.max_num_tiles);
  group.ids = ids_on_device(ids);
  group.plan = plan_of(group.real_tiles);
  return group;
}

const RowPlan& VisionModel::plan_of(std::int64_t real_tiles) const {
  const auto tower = this->tower();
  const std::lock_guard lock(kept_->mutex);
  auto& plan = kept_->plans[{real_tiles, tower}];
  if (plan.source.defined()) return plan;
  plan = make_row_plan(row_layout(config_, real_tiles, tower, options_.semantics), config_.rows_per_tile(),
                       target_.device());
  if (plan.mask.defined()) plan.mask = plan.mask.to(target_.dtype());  // once, not in every layer
  plan.zero_row = at::zeros({1, 1, config_.hidden_size}, target_);
  if (plan.log_copies.defined())
    plan.copies = key_multiplicity(plan.log_copies, config_.hidden_size / config_.attention_heads,
                                   c10::typeMetaToScalarType(target_.dtype()));
  return plan;
}

at::Tensor VisionModel::ids_on_device(const std::vector<std::int64_t>& ids) const {
  constexpr std::size_t kMost = 1000;  // a dataset has few grids, and batches few images
  const std::lock_guard lock(kept_->mutex);
  if (kept_->ids.size() >= kMost) kept_->ids.clear();
  auto& kept = kept_->ids[ids];
  if (!kept.defined()) kept = index_tensor(ids, target_.device());
  return kept;
}

// The first t slots of each image's row in a tile table. With meta semantics padded slots are constants without
// gradients.
at::Tensor VisionModel::table_rows(const at::Tensor& table, const Group& group) const {
  const auto slots = table.view({config_.table_rows(), config_.max_num_tiles, -1});
  const auto rows = slots.narrow(1, 0, group.plan.slots).index_select(0, group.ids);  // [N, t, ..]
  if (options_.semantics == Semantics::kHf || group.plan.slots == group.real_tiles) return rows;
  const auto padded = group.plan.slots - group.real_tiles;
  return at::cat({rows.narrow(1, 0, group.real_tiles), rows.narrow(1, group.real_tiles, padded).detach()}, 1);
}

at::Tensor VisionModel::embed(const Group& group, const Observer& observer) const {
  const auto images = group.pixels.size(0), slots = group.plan.slots, hidden = config_.hidden_size;
  const auto patches = at::conv2d(group.pixels.flatten(0, 1), patch_weight_, {}, config_.patch_size);  // [N n, D, g, g]
  notify(observer, "patch_embedding", patches);
  auto x = patches.flatten(2).transpose(1, 2).reshape({images, group.real_tiles, -1, hidden});
  if (slots > group.real_tiles)  // padded tiles are zero after normalization, so their patches are zero
    x = at::cat({x, group.plan.zero_row.expand({images, slots - group.real_tiles, x.size(2), hidden})}, 1);
  x = x + (pre_tile_gate_.tanh() * table_rows(pre_tile_table_, group)).unsqueeze(2);
  notify(observer, "pre_tile", x);
  x = at::cat({class_embedding_.expand({images, slots, 1, hidden}), x}, 2);  // [N, t, P, D]
  const auto gate = position_gate_.tanh();
  x = x + (1 - gate) * position_table_;
  x = x + gate * table_rows(tile_position_table_, group).view({images, slots, -1, hidden});
  notify(observer, "positions", x);
  x = layernorm_pre_(x);
  notify(observer, "layernorm_pre", x);
  return x;
}

at::Tensor VisionModel::run_layer(const VisionLayer& layer, const at::Tensor& x, const RowPlan& plan,
                                  std::int64_t rows) const {
  if (options_.vision_activations == Activations::kKeep) return layer(x, plan, rows);
  const auto block = [&layer, plan, rows](const std::vector<at::Tensor>& in) { return layer(in[0], plan, rows); };
  return recompute(block, {x});  // the block outlives this pass, so it captures a copy of the plan
}

at::Tensor VisionModel::run_layers(const Group& group, at::Tensor x, const Observer& observer) const {
  const auto& plan = group.plan;
  const auto tiles = at::cat({x.flatten(1, 2), plan.zero_row.expand({x.size(0), 1, x.size(3)})}, 1);
  x = tiles.index_select(1, plan.source);  // [N, R, D]
  std::vector<at::Tensor> taken;
  const auto take = [&](std::int64_t layer, VisionFeatures when) {
    const auto& wanted = config_.intermediate_layers_indices;
    if (when == options_.vision_features && std::binary_search(wanted.begin(), wanted.end(), layer))
      taken.push_back(x.index_select(1, plan.kept_rows));
  };
  for (std::int64_t i = 0; i < config_.num_hidden_layers; ++i) {
    take(i, VisionFeatures::kInput);
    x = run_layer(local_layers_[static_cast<std::size_t>(i)], x, plan, x.size(1));
    notify(observer, fmt::format("local_{}", i), x);
    take(i, VisionFeatures::kOutput);
  }
  x = layernorm_post_(x);
  notify(observer, "layernorm_post", x);
  x = x + (post_tile_gate_.tanh() * table_rows(post_tile_table_, group)).index_select(1, plan.slot);
  notify(observer, "post_tile", x);
  for (std::size_t i = 0; i < global_layers_.size(); ++i) {
    x = run_layer(global_layers_[i], x, plan, i + 1 < global_layers_.size() ? x.size(1) : plan.last_rows);
    notify(observer, fmt::format("global_{}", i), x);
  }
  std::vector<at::Tensor> parts{x.index_select(1, plan.kept_rows)};
  if (!taken.empty()) parts.push_back(interleave(taken));
  return at::cat(parts, -1).unflatten(1, {plan.kept_slots, config_.rows_per_tile()});
}

}  // namespace llama32med::mllama
