#include "llama32med/data/dataset.h"

#include <algorithm>

#include "data/readers/path_vqa_reader.h"
#include "data/readers/records_reader.h"
#include "data/readers/rocov2_reader.h"
#include "data/readers/slake_reader.h"
#include "data/readers/vqa_rad_reader.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/sha256.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

// A new dataset is a file in readers/ and a line here.
std::vector<DatasetReader> readers() {
  return {vqa_rad_reader(), slake_reader(), path_vqa_reader(), rocov2_reader(), records_reader()};
}

DatasetReader reader_of(const std::string& name) {
  for (const auto& reader : readers())
    if (reader.name == name) return reader;
  const auto names = dataset_names();
  throw usage_error("dataset \"{}\" is not known{}; known are {}", name, did_you_mean(name, names), join(names, ", "));
}

void require_folder(const DatasetReader& reader, const fs::path& folder) {
  if (!is_there(folder)) throw data_error("{}: no such folder; {}", folder.string(), reader.layout);
}

std::string known_split(const DatasetReader& reader, const DatasetRequest& request) {
  const auto wanted = canonical_split(request.split);
  std::vector<std::string> names;
  for (const auto& split : reader.splits(request.folder)) names.push_back(split.name);
  if (std::find(names.begin(), names.end(), wanted) != names.end()) return wanted;
  throw usage_error("{} has no split \"{}\"{}; it has {}", reader.name, request.split, did_you_mean(wanted, names),
                    join(names, ", "));
}

void check_language(const DatasetRequest& request) {
  static const std::vector<std::string> known = {"en", "zh", "all"};
  if (std::find(known.begin(), known.end(), request.language) == known.end())
    throw usage_error("language \"{}\" is not known; known are {}", request.language, join(known, ", "));
  if (request.name != "slake" && request.language != "en")
    throw usage_error("{} has no language \"{}\", only \"en\"", request.name, request.language);
}

bool is_of_kind(const Record& record, RecordKind kind) {
  return kind == RecordKind::kAll || record.question.empty() == (kind == RecordKind::kCaptions);
}

}  // namespace

std::string field_of(const Record& record, const std::string& name) {
  for (const auto& [field, value] : record.fields)
    if (field == name) return value;
  return {};
}

std::vector<std::string> dataset_names() {
  std::vector<std::string> names;
  for (const auto& reader : readers()) names.emplace_back(reader.name);
  return names;
}

std::vector<SplitInfo> dataset_splits(const std::string& name, const fs::path& folder) {
  const auto reader = reader_of(name);
  require_folder(reader, folder);
  return reader.splits(folder);
}

Dataset read_dataset(const DatasetRequest& request) {
  const auto reader = reader_of(request.name);
  check_language(request);
  require_folder(reader, request.folder);
  DatasetRequest known = request;
  known.split = known_split(reader, request);
  Dataset dataset;
  dataset.name = request.name, dataset.folder = request.folder, dataset.split = known.split;
  RecordCollector collector(known, dataset);
  reader.read(known, collector);
  std::erase_if(dataset.records, [&](const Record& record) { return !is_of_kind(record, request.kind); });
  return dataset;
}

std::vector<std::string> image_ids_in_folder(const std::string& name, const fs::path& folder) {
  return reader_of(name).images(folder);
}

std::string records_sha256(const std::vector<Record>& records) {
  Sha256 sum;
  for (const auto& record : records)
    for (const auto* text : {&record.id, &record.image_id, &record.question, &record.answer}) sum.add(*text + "\n");
  return sum.hex();
}

}  // namespace llama32med
