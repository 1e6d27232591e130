#include "app/plan/plan.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

#include "app/common/load.h"
#include "app/common/records.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/data/sample_encoder.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/tensor/device.h"
#include "llama32med/text/tokenizer.h"

namespace llama32med {
namespace {

struct TextSize {
  std::int64_t tokens = 0, labels = 0;
};

TextSize size_of(const TrainingText& text) {
  const auto labels =
      std::count_if(text.labels.begin(), text.labels.end(), [](std::int64_t label) { return label != kNoLabel; });
  return {static_cast<std::int64_t>(text.ids.size()), labels};
}

// Extends `size` to cover a step: its pass with the most tokens, its number of images and of questions.
void widen(StepSize& size, const std::vector<Record>& records, const RecordIndices& step, const SampleEncoder& encoder,
           const TrainConfig& train) {
  std::map<std::string, std::vector<TextSize>> by_image;
  for (const auto i : step)
    by_image[records[i].image_id].push_back(size_of(encoder.training_text(records[i], train.loader.max_tokens)));
  size.images = std::max(size.images, static_cast<std::int64_t>(by_image.size()));
  size.questions = std::max(size.questions, static_cast<std::int64_t>(step.size()));
  const auto at_once = static_cast<std::size_t>(train.questions_per_pass);
  for (const auto& [image, texts] : by_image)
    for (std::size_t begin = 0; begin < texts.size(); begin += at_once) {
      StepSize pass{.rows = static_cast<std::int64_t>(std::min(at_once, texts.size() - begin)), .labels = 0};
      for (auto i = begin; i < begin + static_cast<std::size_t>(pass.rows); ++i) {
        pass.tokens = std::max(pass.tokens, texts[i].tokens);
        pass.labels += texts[i].labels;
      }
      if (pass.rows * pass.tokens <= size.rows * size.tokens) continue;
      size.rows = pass.rows, size.tokens = pass.tokens, size.labels = std::max(pass.labels, size.labels);
    }
}

}  // namespace

StepSize largest_step(const std::vector<Record>& records, const StageConfig& stage, const SampleEncoder& encoder) {
  StepSize size;
  std::set<std::string> seen;
  const auto& images = encoder.images();
  size.square_tiles = images.extent({512, 512}).grid.count();
  for (const auto& record : records)
    if (seen.insert(record.image_id).second)
      size.tiles = std::max(size.tiles, images.extent_of(record.image).value_or(images.largest_extent()).grid.count());
  const auto seed = static_cast<std::uint64_t>(stage.train.seed);
  for (const auto& step : epoch_steps(records, stage.train.loader, seed, 0))
    widen(size, records, step, encoder, stage.train);
  return size;
}

PlanRequest plan_request(const RunConfig& config, const StageConfig& stage, const std::vector<Record>& records,
                         const std::filesystem::path& model) {
  const auto tokenizer = load_tokenizer(model);
  const SampleEncoder encoder(*tokenizer, load_processor(model, config.image), find_prompt(stage.prompt.file),
                              stage.prompt.date);
  return {.model = read_outline(model),
          .options = config.model.options,
          .quantize = config.model.quantize,
          .tune = stage.tune,
          .train = stage.train,
          .step = largest_step(records, stage, encoder),
          .target = choose_target(config.runtime)};
}

std::int64_t available_memory(const at::Device& device) {
  return device.is_cuda() ? free_device_memory(device) : available_host_memory() + host_memory();
}

void refuse_too_large(const PlanRequest& request, int stage) {
  const auto plan = plan_stage(request);
  const auto available = available_memory(request.target.device());
  if (plan.total <= static_cast<double>(available)) return;
  constexpr double kMiB = 1 << 20;
  std::string helps;
  for (const auto& remedy : remedies(request)) {
    helps += " --set " + remedy.setting;
    if (remedy.total <= static_cast<double>(available)) break;
  }
  throw resource_error(
      "stage {} needs {:.0f} MiB, but {:.0f} MiB are free; try{}, see `llama32med plan`, or run it anyway with "
      "--no-plan",
      stage, plan.total / kMiB, static_cast<double>(available) / kMiB, helps);
}

}  // namespace llama32med
