#include "models/mllama/text_model.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "llama32med/kernels/device_graph.h"
#include "llama32med/nn/attention.h"
#include "llama32med/nn/index_tensor.h"

namespace llama32med::mllama {
namespace {

std::vector<std::variant<SelfLayer, CrossLayer>> make_layers(const TextConfig& config, const Scope& scope) {
  std::vector<std::variant<SelfLayer, CrossLayer>> layers;
  std::int64_t cache_slot = 0;
  for (std::int64_t i = 0; i < config.num_hidden_layers; ++i) {
    if (config.is_cross(i))
      layers.emplace_back(std::in_place_type<CrossLayer>, config, scope / i);
    else
      layers.emplace_back(std::in_place_type<SelfLayer>, config, scope / i, cache_slot++);
  }
  return layers;
}

const std::vector<ImageKeys>& images_of(const ImageMemory& memory) {
  static const std::vector<ImageKeys> kNone;
  return memory.layout ? dynamic_cast<const CrossLayout&>(*memory.layout).images : kNone;
}

// Positions of `length` tokens after those that each row has in the cache, row by row.
std::vector<std::int64_t> positions_after(const std::vector<std::int64_t>& before, std::int64_t length) {
  std::vector<std::int64_t> positions;
  for (const auto begin : before)
    for (std::int64_t t = 0; t < length; ++t) positions.push_back(begin + t);
  return positions;
}

std::vector<std::int64_t> listed(const at::Tensor& ids) {
  const auto whole = ids.contiguous();
  const auto* first = whole.const_data_ptr<std::int64_t>();
  return {first, first + whole.numel()};
}

}  // namespace

TextModel::TextModel(const TextConfig& c, const Scope& scope, const BackboneOptions& options)
    : config_(c),
      semantics_(options.semantics),
      activations_(options.text_activations),
      target_(scope.target()),
      embed_tokens_((scope / "model" / "embed_tokens").weight("weight", {c.embeddings(), c.hidden_size})),
      layers_(make_layers(c, scope / "model" / "layers")),
      norm_(scope / "model" / "norm", c.hidden_size, c.rms_norm_eps),
      lm_head_(scope.linear("lm_head", {c.hidden_size, c.vocab_size})),
      rope_(c.rope, scope.target().device()),
      zero_(at::zeros({}, scope.target())),
      minus_infinity_(zero_.log()) {}

KvCache TextModel::new_cache() const {
  return KvCache(static_cast<std::int64_t>(config_.num_hidden_layers -
                                           static_cast<std::int64_t>(config_.cross_attention_layers.size())));
}

ImageMemory TextModel::image_memory(const std::vector<ImageStates>& states) const {
  ImageMemory memory;
  if (states.empty()) return memory;
  const auto layout = std::make_shared<CrossLayout>();
  std::vector<at::Tensor> rows;
  std::int64_t begin = 0;
  for (const auto& image : states) {
    const auto per_tile = image.values.size(1);
    const auto real = image.real_tiles * per_tile, all = image.values.size(0) * per_tile;
    layout->images.push_back({begin, real, all - real, image.padded_copies});
    rows.push_back(image.values.flatten(0, 1));
    begin += all;
  }
  const auto keys_from = at::cat(rows);  // [K, D]
  std::vector<at::Tensor> values;
  for (const auto& layer : layers_) {
    const auto* cross = std::get_if<CrossLayer>(&layer);
    if (!cross) continue;
    auto made = cross->keys_values(keys_from);
    memory.tensors.push_back(std::move(made.keys));
    values.push_back(std::move(made.values));
  }
  memory.tensors.insert(memory.tensors.end(), values.begin(), values.end());
  memory.tokens.assign(states.size(), 1);
  memory.layout = layout;
  return memory;
}

TextModel::Pass TextModel::make_pass(const TextBatch& text, const ImageMemory& memory, KvCache* cache,
                                     const IndexLists& lists) const {
  const auto rows = text.ids.size(0), length = text.ids.size(1);
  const bool fresh = !cache || cache->empty();
  const auto before = fresh ? std::vector<std::int64_t>(static_cast<std::size_t>(rows), 0) : cache->lengths();
  Pass pass;
  pass.plan = make_view_plan(text, length, semantics_);
  const bool in_order = pass.plan.keeps_order(rows * length);
  IndexLists together{listed(text.ids), positions_after(before, length),
                      in_order ? std::vector<std::int64_t>() : pass.plan.order};
  together.insert(together.end(), lists.begin(), lists.end());
  const auto uploaded = index_tensors(together, target_.device());
  pass.ids = uploaded[0].view({rows, length});
  if (!in_order) pass.plan.rows = uploaded[2];
  pass.lists.assign(uploaded.begin() + 3, uploaded.end());
  if (const auto& images = images_of(memory); !images.empty())
    count_copies(pass.plan, images, config_.head_dim(), target_);
  pass.self = {.angles = {}, .positions = uploaded[1].view({rows, length}), .cache = cache, .keys = length};
  if (!fresh) pass.self.keys = pass.ids.is_cpu() ? cache->longest() + length : cache->capacity(length);
  const bool even = std::ranges::adjacent_find(before, std::not_equal_to<>()) == before.end();
  // On a GPU all steps of an answer have the same shapes, whatever the lengths.
  const bool all = even && length == 1 && pass.ids.is_cpu();
  if (!fresh) pass.self.sight = all ? Sight::kAll : Sight::kBiased;
  look_back(pass.self);
  return pass;
}

void TextModel::look_back(SelfContext& context) const {
  context.angles = rope_.angles(context.positions);
  if (context.sight != Sight::kBiased) return;
  const auto keys = at::arange(context.keys, context.positions.options());
  const auto seen = keys <= context.positions.unsqueeze(-1);  // [B, L, E]
  const auto bias = at::where(seen, zero_, minus_infinity_).unsqueeze(1);
  context.bias = prepared_bias(bias, target_, {config_.num_attention_heads, config_.num_key_value_heads});
}

// The block outlives this pass, so it captures copies of everything but the layer.
at::Tensor TextModel::recomputed(const SelfLayer& layer, const at::Tensor& x, const SelfContext& context) {
  return recompute([&layer, context](const std::vector<at::Tensor>& in) { return layer({in[0]}, context).sum(); }, {x});
}

at::Tensor TextModel::recomputed(const CrossLayer& layer, const at::Tensor& x, const ViewPlan& plan,
                                 const KeysValues& memory, const std::vector<ImageKeys>& images) {
  const auto block = [&layer, plan, images](const std::vector<at::Tensor>& in) {
    return layer({in[0]}, plan, {in[1], in[2]}, images).sum();
  };
  return recompute(block, {x, memory.keys, memory.values});
}

bool TextModel::recomputes(const KvCache* cache) const {
  return activations_ == Activations::kRecompute && at::GradMode::is_enabled() && !cache;
}

at::Tensor TextModel::run(const Pass& pass, const ImageMemory& memory, const Observer& observer) const {
  Residual x{at::embedding(embed_tokens_, pass.ids)};  // [B, L, D]
  const bool again = recomputes(pass.self.cache);
  const auto& images = images_of(memory);
  std::size_t cross = 0;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (observer) observer(fmt::format("hidden_{}", i), x.sum());
    if (const auto* self = std::get_if<SelfLayer>(&layers_[i])) {
      x = again ? Residual{recomputed(*self, x.x, pass.self)} : (*self)(x, pass.self);
    } else if (!images.empty()) {
      const auto& layer = std::get<CrossLayer>(layers_[i]);
      const KeysValues seen{memory.tensors[cross], memory.tensors[memory.tensors.size() / 2 + cross]};
      x = again ? Residual{recomputed(layer, x.x, pass.plan, seen, images)} : layer(x, pass.plan, seen, images);
      ++cross;
    }
  }
  const auto hidden = norm_.after(x).normed;
  if (observer) observer(fmt::format("hidden_{}", layers_.size()), hidden);
  return hidden;
}

at::Tensor TextModel::decode(const TextBatch& text, const ImageMemory& memory, KvCache* cache,
                             const Observer& observer) const {
  const auto hidden = run(make_pass(text, memory, cache), memory, observer);
  if (cache) cache->advance(text.lengths);
  return hidden;
}

DecodedText TextModel::decode_with(const TextBatch& text, const ImageMemory& memory, const IndexLists& lists) const {
  auto pass = make_pass(text, memory, nullptr, lists);
  return {run(pass, memory), std::move(pass.lists)};
}

// Everything stays on the device from one step to the next, in the same memory, so that a long answer's steps can be
// recorded.
class TextSteps final : public NextTokens {
 public:
  TextSteps(const TextModel& model, const TextBatch& first, const ImageMemory& memory, KvCache& cache)
      : model_(model), memory_(memory), cache_(cache), pass_(model.make_pass(first, memory, &cache)) {}

  at::Tensor operator()(const at::Tensor& ids) override {
    if (step_++ == kStepsBeforeRecording) record();
    if (graph_) {
      pass_.ids.copy_(ids.unsqueeze(1));
      graph_->replay();
    } else {
      pass_.ids = ids.unsqueeze(1);
      queue_step();
    }
    cache_.advance(std::vector<std::int64_t>(cache_.lengths().size(), 1));
    return hidden_.select(1, 0);
  }

 private:
  // Recording takes the host as long as a few steps. Most answers to medical questions are shorter than that.
  static constexpr std::int64_t kStepsBeforeRecording = 8;

  void record() {
    pass_.ids = pass_.ids.clone();
    graph_ = kernels::record_graph(pass_.ids.device(), [this] { queue_step(); });
  }

  void queue_step() {
    model_.look_back(pass_.self);
    hidden_ = model_.run(pass_, memory_);
    pass_.self.positions.add_(1);
  }

  const TextModel& model_;
  const ImageMemory& memory_;
  KvCache& cache_;
  TextModel::Pass pass_;
  at::Tensor hidden_;
  std::int64_t step_ = 0;
  std::unique_ptr<kernels::DeviceGraph> graph_;
};

std::unique_ptr<NextTokens> TextModel::next_tokens(const TextBatch& first, const ImageMemory& memory, KvCache& cache,
                                                   std::int64_t steps) const {
  if (target_.device().is_cpu()) return nullptr;  // there, a step attends to no more keys than there are
  cache.reserve(steps);
  return std::make_unique<TextSteps>(*this, first, memory, cache);
}

}  // namespace llama32med::mllama
