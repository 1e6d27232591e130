// ROCOv2 (Rueckert et al., "ROCOv2: Radiology Objects in COntext version 2", Scientific Data 2024): a CSV file of
// captions and a folder of images per split. A caption is a Record without a question.
#include "data/readers/rocov2_reader.h"

#include "llama32med/core/csv.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/strings.h"
#include "llama32med/core/text_file.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLayout =
    "rocov2 expects train_captions.csv, valid_captions.csv, test_captions.csv (columns ID, Caption) and train/, "
    "valid/, "
    "test/ with ID.jpg (or ID.png) in its folder";

std::string word_of_split(const std::string& split) { return split == "validate" ? "valid" : split; }

// Datasets in ROCOv2's layout that need lossless images use PNG.
std::string ending(const fs::path& stem, const RecordCollector& collector) {
  return !collector.has_entry(stem.string() + ".jpg") && collector.has_entry(stem.string() + ".png") ? ".png" : ".jpg";
}

std::size_t column(const CsvRow& header, std::string_view name, const fs::path& file) {
  for (std::size_t i = 0; i < header.cells.size(); ++i)
    if (ascii_lower(trim(header.cells[i])) == name) return i;
  throw data_error("{}: its first line has no column \"{}\", only {}; {}", file.string(), name, join(header.cells, ","),
                   kLayout);
}

void read(const DatasetRequest& request, RecordCollector& collector) {
  const auto word = word_of_split(request.split);
  const auto file = request.folder / (word + "_captions.csv");
  require_file(file, kLayout);
  const auto rows = parse_csv(read_text(file, InvalidUtf8::kReplace), file.string());
  if (rows.empty()) throw data_error("{}: is empty; {}", file.string(), kLayout);
  const auto id = column(rows[0], "id", file), caption = column(rows[0], "caption", file);
  for (auto row = rows.begin() + 1; row != rows.end(); ++row) {
    const auto where = fmt::format("{}:{}", file.filename().string(), row->line);
    if (row->cells.size() != rows[0].cells.size()) {
      collector.skip(row->cells[0], where,
                     fmt::format("has {} cells instead of {}", row->cells.size(), rows[0].cells.size()));
      continue;
    }
    Record record;
    record.id = tidy_text(row->cells[id]);
    record.answer = tidy_text(row->cells[caption]);
    if (!record.id.empty())
      record.image_id = word + "/" + record.id + ending(request.folder / word / record.id, collector);
    record.image = request.folder / record.image_id;
    for (std::size_t i = 0; i < row->cells.size(); ++i)
      if (i != id && i != caption) record.fields.emplace_back(tidy_text(rows[0].cells[i]), tidy_text(row->cells[i]));
    collector.add(std::move(record), where, RecordCollector::Questions::kOptional);
  }
}

std::vector<SplitInfo> splits(const fs::path&) {
  return {{"train", "about 60,000 captions"}, {"validate", "about 10,000 captions"}, {"test", "about 10,000 captions"}};
}

std::vector<std::string> images(const fs::path& folder) {
  std::vector<std::string> ids;
  for (const char* word : {"test", "train", "valid"}) {
    const auto found = find_images(folder, folder / word, [](const fs::path&) { return true; });
    ids.insert(ids.end(), found.begin(), found.end());
  }
  return ids;
}

}  // namespace

DatasetReader rocov2_reader() { return {"rocov2", kLayout, splits, read, images}; }

}  // namespace llama32med
