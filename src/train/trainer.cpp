#include "llama32med/train/trainer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "llama32med/core/error.h"
#include "llama32med/core/random.h"
#include "llama32med/core/sha256.h"
#include "llama32med/tensor/device.h"
#include "llama32med/train/gradients.h"
#include "llama32med/train/two_phase.h"
#include "llama32med/weights/safetensors.h"

namespace llama32med {
namespace {

// Identifies an image by what the model sees of it.
std::string content_id(const ProcessedImage& image) {
  Sha256 sum;
  sum.add(fmt::format("{}/{}\n", image.aspect_ratio_id, fmt::join(image.shape, "x")));
  sum.add(std::string_view(reinterpret_cast<const char*>(image.pixels.data()), image.pixels.size()));
  return sum.hex();
}

std::int64_t labeled_tokens(const TrainingStep& batch) {
  std::int64_t count = 0;
  for (const auto& row : batch.rows)  // nothing predicts the first token
    count += std::count_if(row.text.labels.begin() + 1, row.text.labels.end(),
                           [](std::int64_t label) { return label != kNoLabel; });
  return count;
}

}  // namespace

struct Trainer::Pass {
  std::size_t first_picture = 0, pictures = 0;
  std::size_t first_row = 0, rows = 0;
};

Trainer::Trainer(Backbone& model, const TrainConfig& config, TrainerSetup setup)
    : model_(&model), config_(config), setup_(std::move(setup)), optimizer_(setup_.trained, config.optimizer) {
  for (const auto& parameter : model.parameters().all())
    if (parameter.value.is_floating_point()) parameter.value.set_requires_grad(false);
  for (const auto& tensor : setup_.trained) tensor.value.set_requires_grad(true);
}

std::vector<Trainer::Pass> Trainer::passes_of(const TrainingStep& batch) const {
  std::vector<Pass> passes;
  for (std::size_t row = 0; row < batch.rows.size(); ++row) {
    const auto picture = batch.rows[row].picture;
    const auto full = static_cast<std::size_t>(config_.images_per_pass);
    if (passes.empty() || picture >= passes.back().first_picture + full) passes.push_back({picture, 0, row, 0});
    passes.back().pictures = picture + 1 - passes.back().first_picture;
    ++passes.back().rows;
  }
  return passes;
}

// The number of images in a matrix product can change its last bits. Cached features must not depend on that, or a run
// that lost its cache would end differently: with a cache, each image is computed alone.
std::vector<ImageStates> Trainer::vision_features(const ImageBatch& images) const {
  if (!setup_.features) return model_->vision_features(images);
  std::vector<ImageStates> features;
  for (const auto& image : images) features.push_back(model_->vision_features({image}).front());
  return features;
}

// The states of the images in a pass. Features may come from the cache, which exists only if the layers that compute
// them are not trained.
std::vector<ImageStates> Trainer::encode(const TrainingStep& batch, const Pass& pass) const {
  std::vector<ImageStates> states(pass.pictures);
  ImageBatch images;
  std::vector<std::size_t> missing;
  std::vector<std::string> ids(pass.pictures);  // keys in the cache
  for (std::size_t i = 0; i < pass.pictures; ++i) {
    const auto& picture = batch.pictures[pass.first_picture + i];
    if (setup_.features) ids[i] = content_id(picture.image);
    auto kept = setup_.features ? setup_.features->get(ids[i]) : std::nullopt;
    if (kept) {
      kept->values = upload(kept->values, model_->target());
      states[i] = std::move(*kept);
      continue;
    }
    images.push_back(image_input(picture.image, setup_.scaling));
    missing.push_back(i);
  }
  if (!missing.empty()) {
    auto fresh = vision_features(images);
    for (std::size_t k = 0; k < missing.size(); ++k) {
      states[missing[k]] = std::move(fresh[k]);
      if (setup_.features) setup_.features->put(ids[missing[k]], states[missing[k]]);
    }
  }
  return model_->image_states(states);
}

std::vector<LabeledText> Trainer::texts_of(const TrainingStep& batch, const Pass& pass) const {
  const auto& facts = model_->facts();
  const auto at_once = static_cast<std::size_t>(config_.questions_per_pass);
  std::vector<std::int64_t> image_tokens;
  for (std::size_t i = 0; i < pass.pictures; ++i)
    image_tokens.push_back(batch.pictures[pass.first_picture + i].image.extent.tokens);
  std::vector<LabeledText> texts;
  for (std::size_t begin = 0; begin < pass.rows; begin += at_once) {
    std::vector<TextRow> rows;
    for (std::size_t i = begin; i < std::min(begin + at_once, pass.rows); ++i) {
      const auto& row = batch.rows[pass.first_row + i];
      rows.push_back({row.text.ids, row.text.labels, {static_cast<std::int64_t>(row.picture - pass.first_picture), 1}});
    }
    texts.push_back(collate_text(rows, {facts.image_token, facts.pad_token}, image_tokens));
  }
  return texts;
}

at::Tensor Trainer::accumulate(const TrainingStep& batch, std::int64_t tokens) const {
  at::Tensor loss_sum;
  for (const auto& pass : passes_of(batch)) {
    const auto memory = model_->image_memory(encode(batch, pass));
    const auto leaves = detach_as_leaves(memory);
    for (const auto& text : texts_of(batch, pass)) {
      const auto part = next_token_loss(*model_, text, leaves);
      const auto sum = part.sum.detach().to(at::kDouble);
      loss_sum = loss_sum.defined() ? loss_sum + sum : sum;
      (part.sum / static_cast<double>(tokens)).backward();
    }
    backward_through(memory, leaves);
  }
  return loss_sum.defined() ? loss_sum : at::zeros({}, at::kDouble);
}

void Trainer::update(std::int64_t number, const at::Tensor& loss_sum, StepReport& report) {
  const auto factor = learning_rate_factor(number, config_.schedule, setup_.total_steps);
  report.learning_rate = factor * config_.learning_rate;
  const auto norm = global_norm(setup_.trained).to(loss_sum.options());
  const auto numbers = at::stack({loss_sum, norm}).cpu();
  report.loss_sum = numbers[0].item<double>();
  report.gradient_norm = numbers[1].item<double>();
  if (!std::isfinite(report.loss_sum))
    report.nonfinite = fmt::format("the loss is {}", report.loss_sum);
  else if (!std::isfinite(report.gradient_norm))
    report.nonfinite = fmt::format("the gradient of {} is not finite", first_nonfinite(setup_.trained));
  if (report.nonfinite.empty())
    optimizer_.step(factor, clip_coefficient(report.gradient_norm, config_.max_gradient_norm));
  optimizer_.zero_grad();
}

StepReport Trainer::step(const TrainingStep& batch, std::int64_t number) {
  StepReport report{.tokens = labeled_tokens(batch),
                    .questions = static_cast<std::int64_t>(batch.rows.size()),
                    .images = static_cast<std::int64_t>(batch.pictures.size())};
  seed_random(model_->target().device(), splitmix64_at(setup_.seed, static_cast<std::uint64_t>(number)));
  const at::AutoGradMode record(true);
  update(number, accumulate(batch, report.tokens), report);
  return report;
}

LossSum Trainer::loss(const TrainingStep& batch) const {
  const at::NoGradGuard no_grad;
  LossSum total;
  for (const auto& pass : passes_of(batch)) {
    const auto memory = model_->image_memory(encode(batch, pass));
    for (const auto& text : texts_of(batch, pass)) {
      const auto part = next_token_loss(*model_, text, memory);
      total.sum = total.sum.defined() ? total.sum + part.sum : part.sum;
      total.count += part.count;
    }
  }
  return total;
}

void Trainer::save(const std::filesystem::path& folder, const Metadata& metadata) const {
  std::map<std::string, at::Tensor> values;
  for (const auto& tensor : setup_.trained) values[tensor.name] = tensor.value.detach();
  write_safetensors(folder / kTrainedFile, values, metadata);
  write_safetensors(folder / kOptimizerFile, optimizer_.state(), metadata);
}

void Trainer::load(const std::filesystem::path& folder) {
  const SafetensorsFile file(folder / kTrainedFile);
  if (file.names().size() != setup_.trained.size())
    throw data_error("{}: has {} tensors, but this run trains {}", file.path().string(), file.names().size(),
                     setup_.trained.size());
  const at::NoGradGuard no_grad;
  for (const auto& tensor : setup_.trained) {
    const auto value = file.tensor(tensor.name);
    if (value.sizes() != tensor.value.sizes())
      throw data_error("{}: tensor \"{}\" does not have the same shape as in the model", file.path().string(),
                       tensor.name);
    tensor.value.copy_(value);
  }
  optimizer_.load_state(SafetensorsFile(folder / kOptimizerFile));
}

}  // namespace llama32med
