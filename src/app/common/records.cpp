#include "app/common/records.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "llama32med/core/error.h"
#include "llama32med/core/id_list.h"

namespace llama32med {
namespace {

constexpr double kMostMissing = 0.01;

Dataset read_whole(const DataConfig& config, ImageCheck images) {
  if (config.name.empty())
    throw usage_error("no dataset: give --dataset NAME; datasets are {}", join(dataset_names(), ", "));
  if (config.folder.empty()) throw usage_error("no data: give --data DIR, the folder of {}", config.name);
  return read_dataset({.name = config.name,
                       .folder = config.folder,
                       .split = config.split,
                       .kind = config.kind,
                       .language = config.language,
                       .images = images,
                       .leaky_rows = config.allow_leaky ? LeakyRows::kAllow : LeakyRows::kRefuse,
                       .allowed_outside = config.allow_outside});
}

Dataset limited(Dataset dataset, const DataConfig& config) {
  const auto limit = static_cast<std::size_t>(config.limit);
  if (limit > 0 && dataset.records.size() > limit) dataset.records.resize(limit);
  if (dataset.records.empty())
    throw data_error("{}: split {} of {} has no usable {} ({} skipped{})", config.folder.string(), config.split,
                     config.name, config.kind == RecordKind::kAll ? "record" : enum_name(config.kind),
                     dataset.skipped.size(),
                     dataset.skipped.empty() ? "" : ", the first: " + dataset.skipped.front().reason);
  return dataset;
}

struct Skipped {
  std::vector<std::string> without_image;  // image ids, each once, in order
  std::size_t missing = 0, others = 0;
  const SkippedRecord* first_other = nullptr;
};

Skipped sort_skipped(const Dataset& dataset) {
  Skipped sorted{.without_image = dataset.missing_images};
  for (const auto& record : dataset.skipped) {
    if (!record.missing_image.empty()) {
      ++sorted.missing;
    } else if (sorted.others++ == 0) {
      sorted.first_other = &record;
    }
  }
  return sorted;
}

void warn_of_image_marks(const Dataset& dataset) {
  if (dataset.image_marks > 0)
    spdlog::warn("{} questions of {} had an image mark (<image>) at their beginning or end, which was removed",
                 dataset.image_marks, dataset.name);
}

Dataset limited_and_reported(Dataset dataset, const DataConfig& config) {
  const auto text = skipped_text(dataset);
  dataset = limited(std::move(dataset), config);  // if nothing is left, the error says why
  if (!text.empty()) spdlog::warn("{}", text);
  warn_of_image_marks(dataset);
  return dataset;
}

}  // namespace

std::string skipped_text(const Dataset& dataset) {
  const auto sorted = sort_skipped(dataset);
  const auto total = dataset.records.size() + dataset.skipped.size();
  std::vector<std::string> parts;
  if (sorted.missing > 0)
    parts.push_back(fmt::format("{} of {} records have no image file: {}", sorted.missing, total,
                                first_three(sorted.without_image)));
  if (sorted.others > 0)
    parts.push_back(fmt::format("{} of {} records are skipped, the first is {}: {}", sorted.others, total,
                                sorted.first_other->where, sorted.first_other->reason));
  return parts.empty() ? "" : fmt::format("{} {}: {}", dataset.name, dataset.split, join(parts, "; "));
}

std::size_t count_records(const DataConfig& config) { return read_whole(config, ImageCheck::kIgnore).records.size(); }

Dataset read_records(const DataConfig& config, ImageCheck images) {
  return limited_and_reported(read_whole(config, images), config);
}

std::string_view unit_of(const std::vector<Record>& records) {
  const auto captions = std::ranges::count_if(records, [](const Record& record) { return record.question.empty(); });
  if (captions == 0) return "questions";
  return captions == std::ssize(records) ? "captions" : "records";
}

Dataset read_training_records(const DataConfig& config, const std::string& section) {
  auto dataset = read_whole(config, ImageCheck::kMustExist);
  const auto text = skipped_text(dataset);
  const auto missing = static_cast<double>(sort_skipped(dataset).missing);
  const auto total = static_cast<double>(dataset.records.size() + dataset.skipped.size());
  if (missing > kMostMissing * total && !config.allow_missing)
    throw data_error("{}; look for the images in {}, or leave these records out with --set {}.allow_missing=true", text,
                     config.folder.string(), section);
  return limited_and_reported(std::move(dataset), config);
}

TrainingData read_training(const DataConfig& data, const ReportConfig& report) {
  if (report.train_split.empty()) return {.absent = "report.train_split is empty"};
  auto config = data;
  config.split = report.train_split, config.limit = 0;
  if (!report.train_folder.empty()) config.folder = report.train_folder;
  try {
    return {.dataset = limited(read_whole(config, ImageCheck::kIgnore), config)};
  } catch (const Error& error) {  // a test split can be scored without its training split
    if (error.kind() == ErrorKind::kResource) throw;
    return {.absent = error.what()};
  }
}

}  // namespace llama32med
