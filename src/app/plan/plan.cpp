#include "app/plan/plan.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

#include "app/common/load.h"
#include "app/common/records.h"
#include "app/train/tuned_model.h"
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

using TextSizes = std::vector<TextSize>;  // one per record

TextSizes sizes_of(const std::vector<Record>& records, const StageConfig& stage, const SampleEncoder& encoder) {
  TextSizes sizes;
  for (const auto& record : records)
    sizes.push_back(size_of(encoder.training_text(record, stage.train.loader.max_tokens)));
  return sizes;
}

// Extends `size` to cover a step: its pass with the most tokens, its number of images and of questions.
void widen(StepSize& size, const std::vector<Record>& records, const RecordIndices& step, const TextSizes& sizes,
           std::int64_t questions_per_pass) {
  std::map<std::string, TextSizes> by_image;
  for (const auto i : step) by_image[records[i].image_id].push_back(sizes[i]);
  size.images = std::max(size.images, static_cast<std::int64_t>(by_image.size()));
  size.questions = std::max(size.questions, static_cast<std::int64_t>(step.size()));
  const auto at_once = static_cast<std::size_t>(questions_per_pass);
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

// The largest number of tiles of an image, as they are and resized to a square.
StepSize largest_image(const std::vector<Record>& records, const ImageProcessor& images) {
  StepSize size{.square_tiles = images.extent({512, 512}).grid.count()};
  std::set<std::string> seen;
  for (const auto& record : records)
    if (seen.insert(record.image_id).second)
      size.tiles = std::max(size.tiles, images.extent_of(record.image).value_or(images.largest_extent()).grid.count());
  return size;
}

}  // namespace

LargestSteps largest_steps(const std::vector<Record>& records, const StageConfig& stage, const SampleEncoder& encoder) {
  const auto image = largest_image(records, encoder.images());
  LargestSteps largest{image, image};
  const auto sizes = sizes_of(records, stage, encoder);
  const auto seed = static_cast<std::uint64_t>(stage.train.seed);
  for (const auto& step : epoch_steps(records, stage.train.loader, seed, 0)) {
    widen(largest.as_configured, records, step, sizes, stage.train.questions_per_pass);
    widen(largest.by_question, records, step, sizes, 1);
  }
  return largest;
}

PlanRequest plan_request(const PlannedStage& planned, const std::vector<Record>& records,
                         const std::filesystem::path& model) {
  const auto& [config, number, stage, target] = planned;
  const auto tokenizer = load_tokenizer(model);
  const SampleEncoder encoder(*tokenizer, load_processor(model, config.image), find_prompt(stage.prompt),
                              stage.prompt.date);
  const auto steps = largest_steps(records, stage, encoder);
  return {.stage = number,
          .model = read_outline(model),
          .options = training_options(config.model.options, stage.tune),
          .quantize = config.model.quantize,
          .tune = stage.tune,
          .train = stage.train,
          .step = steps.as_configured,
          .step_by_question = steps.by_question,
          .target = target};
}

at::TensorOptions planned_target(const RuntimeConfig& runtime) {
  const at::Device device = runtime.device == "cpu" ? at::kCPU : at::kCUDA;
  return at::device(device).dtype(scalar_type(runtime.dtype, device));
}

std::int64_t available_memory(const at::Device& device) {
  return device.is_cpu() ? available_host_memory() + host_memory() : free_device_memory(device);
}

void refuse_too_large(const PlanRequest& request, std::int64_t available) {
  const auto plan = plan_stage(request);
  if (plan.total <= static_cast<double>(available)) return;
  constexpr double kMiB = 1 << 20;
  std::string helps;
  for (const auto& remedy : remedies(request)) {
    helps += " --set " + remedy.setting;
    if (remedy.together <= static_cast<double>(available)) break;
  }
  throw resource_error(
      "stage {} needs {:.0f} MiB, but only {:.0f} MiB are available; {}see `llama32med plan`, or run it anyway with "
      "--no-plan",
      request.stage, plan.total / kMiB, static_cast<double>(available) / kMiB,
      helps.empty() ? "" : "try" + helps + ", ");
}

}  // namespace llama32med
