#include "app/common/records.h"

#include <spdlog/spdlog.h>

#include "llama32med/core/error.h"

namespace llama32med {

Dataset read_records(const DataConfig& config, ImageCheck images) {
  if (config.name.empty())
    throw usage_error("no dataset: give --dataset NAME; datasets are {}", join(dataset_names(), ", "));
  if (config.folder.empty()) throw usage_error("no data: give --data DIR, the folder of {}", config.name);
  auto dataset = read_dataset({.name = config.name,
                               .folder = config.folder,
                               .split = config.split,
                               .language = config.language,
                               .images = images,
                               .leaky_rows = config.allow_leaky ? LeakyRows::kAllow : LeakyRows::kRefuse});
  if (dataset.image_marks > 0)
    spdlog::warn("{} questions of {} had an image mark (<image>) at their beginning or end, which was removed",
                 dataset.image_marks, config.name);
  const auto limit = static_cast<std::size_t>(config.limit);
  if (limit > 0 && dataset.records.size() > limit) dataset.records.resize(limit);
  if (dataset.records.empty())
    throw data_error("{}: split {} of {} has no usable record ({} skipped{})", config.folder.string(), config.split,
                     config.name, dataset.skipped.size(),
                     dataset.skipped.empty() ? "" : ", the first: " + dataset.skipped.front().reason);
  return dataset;
}

TrainingData read_training(const DataConfig& data, const ReportConfig& report) {
  if (report.train_split.empty()) return {.absent = "report.train_split is empty"};
  auto config = data;
  config.split = report.train_split, config.limit = 0;
  if (!report.train_folder.empty()) config.folder = report.train_folder;
  try {
    return {.dataset = read_records(config, ImageCheck::kIgnore)};
  } catch (const Error& error) {  // a test split can be scored without its training split
    return {.absent = error.what()};
  }
}

}  // namespace llama32med
