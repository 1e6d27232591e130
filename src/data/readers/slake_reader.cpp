// SLAKE 1.0 (Liu et al., "SLAKE: a semantically-labeled knowledge-enhanced dataset for medical visual question
// answering", ISBI 2021). English rows by default: the two languages were split independently, and 72 of the 96 English
// test images are in the Chinese train split.
#include "data/readers/slake_reader.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLayout =
    "slake expects train.json, validate.json, test.json and imgs/xmlabN/source.jpg in its folder";

void read(const DatasetRequest& request, RecordCollector& collector) {
  if (request.language != "en" && request.leaky_rows == LeakyRows::kRefuse)
    throw usage_error(
        "slake: language \"{}\" adds rows whose train split contains 72 of the 96 English test images; set "
        "data.allow_leaky if you want that",
        request.language);
  const auto take = [&](const Json& row, const std::string& where) {
    Record record = record_from_row(row, {"qid", "img_name", "question", "answer"});
    if (request.language != "all" && field_of(record, "q_lang") != request.language) return;
    record.image = request.folder / "imgs" / record.image_id;
    collector.add(std::move(record), where);
  };
  for_each_row(request.folder / (request.split + ".json"), kLayout, collector, take);
}

std::vector<SplitInfo> splits(const fs::path&) {
  return {{"train", "4,919 English rows, one without an answer"},
          {"validate", "1,053 English rows"},
          {"test", "1,061 English rows"}};
}

std::vector<std::string> images(const fs::path& folder) {  // skips the mask.png next to each source.jpg
  return find_images(folder / "imgs", folder / "imgs", [](const fs::path& path) { return path.stem() == "source"; });
}

}  // namespace

DatasetReader slake_reader() { return {"slake", kLayout, splits, read, images}; }

}  // namespace llama32med
