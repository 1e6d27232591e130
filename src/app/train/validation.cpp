#include "app/train/validation.h"

#include <fmt/format.h>

#include <cmath>

#include "app/common/records.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/data/by_image.h"
#include "llama32med/data/split.h"
#include "llama32med/predict/predictor.h"
#include "llama32med/scoring/prediction_join.h"
#include "llama32med/scoring/statistics.h"

namespace llama32med {
namespace {

void refuse_test(const std::string& field, const std::string& split) {
  if (split.starts_with("test"))
    throw usage_error("{}: \"{}\": the test split must not be used for training or model selection", field, split);
}

void limit(Dataset& dataset, std::int64_t count) {
  if (count > 0 && static_cast<std::int64_t>(dataset.records.size()) > count)
    dataset.records.resize(static_cast<std::size_t>(count));
}

}  // namespace

StageData read_stage_data(const StageConfig& stage, int number) {
  const auto section = fmt::format("stage{}.data", number);
  refuse_test("data.split", stage.data.split);
  refuse_test("validate.split", stage.validate.split);
  StageData data{.train = read_training_records(stage.data, section)};
  if (!stage.validate.split.empty()) {
    auto request = stage.data;
    request.split = stage.validate.split;
    request.limit = 0;
    data.validate = read_training_records(request, section);
  } else if (stage.validate.share > 0) {
    auto parts = carve_by_image(std::move(data.train.records), stage.validate.share,
                                static_cast<std::uint64_t>(stage.train.seed));
    data.validate = data.train;
    data.validate.records = std::move(parts.carved);
    data.train.records = std::move(parts.rest);
  }
  limit(data.validate, stage.validate.limit);
  return data;
}

Validation::Validation(const RunConfig& config, const StageConfig& stage, Dataset records, std::filesystem::path folder)
    : config_(&config), stage_(&stage), records_(std::move(records)), folder_(std::move(folder)) {}

ValidationScore Validation::score(const Trainer& trainer, const Backbone& model, const SampleEncoder& encoder,
                                  std::int64_t step) {
  ValidationScore score{.loss = mean_loss(trainer, encoder)};
  if (stage_->validate.answers) score.accuracy = accuracy(model, encoder, step);
  return score;
}

double Validation::mean_loss(const Trainer& trainer, const SampleEncoder& encoder) {
  const auto& loader = stage_->train.loader;
  Loader steps(records_.records, epoch_steps(records_.records, loader, 0, 0), encoder, loader.max_tokens);
  double sum = 0;
  std::int64_t count = 0;
  while (!steps.done()) {
    const auto batch = steps.next();
    skips_.warn(batch.skipped);
    if (batch.rows.empty()) continue;
    const auto part = trainer.loss(batch);
    const auto loss = part.sum.item<double>();
    if (!std::isfinite(loss))
      throw data_error(
          "validation: the loss of these records is {}: {}; the weights are broken, or their values do not fit this "
          "dtype: try --dtype fp32",
          loss, ids_of(batch));
    sum += loss;
    count += part.count;
  }
  if (count == 0)
    throw data_error("validation: none of its {} records could be used, the first because of: {}",
                     records_.records.size(), skips_.first_reason());
  return sum / static_cast<double>(count);
}

double Validation::accuracy(const Backbone& model, const SampleEncoder& encoder, std::int64_t step) const {
  const auto file = folder_ / fmt::format("step-{:09}.jsonl", step);
  remove_file(file);
  {
    PredictionFile predictions(file, order_by_image(records_.records));
    Predictor predictor(model, encoder, config_->generate, config_->eval);
    predictor.run(records_, predictions, [](const PredictProgress&) {});
  }
  const auto items = join_predictions(records_, read_predictions(file), Coverage::kComplete);
  Tally tally;
  const auto& rule = *chosen_protocols(config_->report.protocols).front();
  for (const auto& [item, result] : score_items(items, rule, records_.name)) tally.add(result.score);
  return tally.mean();
}

}  // namespace llama32med
