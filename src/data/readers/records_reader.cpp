// Our own format, described in data/dataset.h: one JSON object per line.
#include "data/readers/records_reader.h"

#include <algorithm>

#include "llama32med/core/file_system.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLayout =
    "records expects a folder with records.jsonl, or a .jsonl file: one object per line with id, image, question, "
    "answer";

fs::path records_file(const fs::path& folder) { return is_folder(folder) ? folder / "records.jsonl" : folder; }

void for_each_line(const fs::path& file, const std::function<void(const Json&, const std::string& where)>& take) {
  require_file(file, kLayout);
  const auto folder = file.parent_path().string().size();
  for_each_json_line(file, [&](const Json& row, const std::string& where) {
    take(row, where.substr(folder > 0 ? folder + 1 : 0));  // reports give locations relative to the dataset's folder
  });
}

std::string split_word(const Json& row) {
  const auto found = row.is_object() ? row.find("split") : row.end();
  const auto word = found == row.end() ? std::string() : field_text(*found);
  return canonical_split(word);
}

std::vector<SplitInfo> splits(const fs::path& folder) {
  std::vector<SplitInfo> found;
  for_each_line(records_file(folder), [&](const Json& row, const std::string&) {
    const auto word = split_word(row);
    const auto same = [&](const SplitInfo& info) { return info.name == word; };
    if (!word.empty() && std::none_of(found.begin(), found.end(), same))
      found.push_back({word, "records of this split"});
  });
  found.push_back({"all", "every record", !found.empty()});
  return found;
}

void read(const DatasetRequest& request, RecordCollector& collector) {
  const auto file = records_file(request.folder);
  for_each_line(file, [&](const Json& row, const std::string& where) {
    if (!row.is_object()) return collector.skip("", where, fmt::format("is {}, not an object", row.type_name()));
    const auto split = split_word(row);
    const bool any_split = request.split == "all";
    if (!any_split && !split.empty() && split != request.split) return;
    Record record = record_from_row(row, {"id", "image", "question", "answer"});
    if (!any_split && split.empty()) return collector.skip(record.id, where, "no split");
    std::erase_if(record.fields, [](const auto& field) { return field.first == "split"; });
    record.image = file.parent_path() / record.image_id;
    collector.add(std::move(record), where, RecordCollector::Questions::kOptional);
  });
}

std::vector<std::string> images(const fs::path&) { return {}; }  // they may be anywhere below the folder

}  // namespace

DatasetReader records_reader() { return {"records", kLayout, splits, read, images}; }

}  // namespace llama32med
