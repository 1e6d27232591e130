#include "models/mllama/mllama_weights.h"

#include <ATen/ops/zeros.h>

#include <cmath>

#include "models/mllama/checkpoint_tensors.h"

namespace llama32med::mllama {
namespace {

bool is_table(const std::string& name) {
  return name.ends_with("tile_embedding.weight") || name.ends_with("tile_positional_embedding.embedding.weight");
}

}  // namespace

MllamaWeights::MllamaWeights(const Config& config, const RandomOptions& options)
    : RandomWeights(checkpoint_tensors(config), options), vision_(config.vision) {}

at::Tensor MllamaWeights::fill(const std::string& name, at::IntArrayRef shape, const at::TensorOptions& made) const {
  return is_table(name) ? fill_table(name, shape, made) : RandomWeights::fill(name, shape, made);
}

at::Tensor MllamaWeights::fill_table(const std::string& name, at::IntArrayRef shape,
                                     const at::TensorOptions& made) const {
  const auto ids = shape[0], tiles = vision_.max_num_tiles, values = shape[1] / tiles;
  auto grid = centered(name + "@grid", {tiles, tiles, values}, made);
  auto table = options().padded_slots == PaddedSlots::kZero ? at::zeros({ids, tiles, values}, made)
                                                            : centered(name + "@slack", {ids, tiles, values}, made);
  if (options().rule == WeightRule::kPlain) {
    // uniform, with standard deviation hidden_size^-0.5
    const double scale = 1 / std::sqrt(static_cast<double>(vision_.hidden_size)) * std::sqrt(3.0);
    grid.mul_(scale);
    table.mul_(scale);
  }
  for (std::int64_t id = 1; id < ids; ++id) {
    const auto [high, wide] = vision_.supported_aspect_ratios[static_cast<std::size_t>(id - 1)];
    const auto cut = grid.narrow(0, 0, high).narrow(1, 0, wide).reshape({high * wide, values});
    table.select(0, id).narrow(0, 0, high * wide).copy_(cut);
  }
  return table.view({ids, tiles * values});
}

}  // namespace llama32med::mllama
