// PathVQA (He et al., "PathVQA: 30000+ questions for medical visual question answering", 2020): one JSON list per split
// with qid, image, question, answer, and the images below images/. Closed and open are not annotated.
#include "data/readers/path_vqa_reader.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLayout =
    "path_vqa expects train.json, validate.json (or val.json), test.json and images/ in its folder";

// The first release has "train_0422" for images/train/train_0422.jpg.
std::string full_image_name(std::string name) {
  if (name.empty()) return name;
  if (!fs::path(name).has_extension()) name += ".jpg";
  if (name.starts_with("images/")) return name;
  const auto mark = name.find('_');
  if (name.find('/') == name.npos && mark != name.npos) name = name.substr(0, mark) + "/" + name;
  return "images/" + name;
}

void read(const DatasetRequest& request, RecordCollector& collector) {
  const auto take = [&](const Json& row, const std::string& where) {
    Record record = record_from_row(row, {"qid", "image", "question", "answer"});
    record.image_id = full_image_name(record.image_id);
    record.image = request.folder / record.image_id;
    collector.add(std::move(record), where);
  };
  for_each_row(json_of_split(request.folder, request.split), kLayout, collector, take);
}

std::vector<SplitInfo> splits(const fs::path&) {
  return {{"train", "19,654 rows"}, {"validate", "6,259 rows"}, {"test", "6,719 rows"}};
}

std::vector<std::string> images(const fs::path& folder) {
  return find_images(folder, folder / "images", [](const fs::path&) { return true; });
}

}  // namespace

DatasetReader path_vqa_reader() { return {"path_vqa", kLayout, splits, read, images}; }

}  // namespace llama32med
