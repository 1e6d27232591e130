// VQA-RAD (Lau et al., "A dataset of clinically generated visual questions and answers about radiology images",
// Scientific Data 2018), the public file of OSF: 2,248 rows, `phrase_type` freeform and para (train, 1,797),
// test_freeform and test_para (test, 451). 1,267 rows have a `question_frame`, an automatic rewording of the question;
// counted as questions they make up the 3,064 training rows that many papers use. 284 of them reword test questions.
#include "data/readers/vqa_rad_reader.h"

#include "llama32med/data/split.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLayout =
    "vqa_rad expects \"VQA_RAD Dataset Public.json\" and \"VQA_RAD Image Folder/\" in its folder";
constexpr const char* kImageFolder = "VQA_RAD Image Folder";
constexpr double kValidateShare = 0.1;
constexpr std::uint64_t kValidateSeed = 0;

struct Row {
  Record record;
  std::string where;
};

struct Rows {
  std::vector<Row> train, test, framed;
};

Row framed_row(const Row& row) {
  Row framed = row;
  framed.record.id += "-frame";
  framed.record.question = field_of(row.record, "question_frame");
  for (auto& [name, value] : framed.record.fields)
    if (name == "phrase_type") value = "frame";
  return framed;
}

Rows read_rows(const fs::path& folder, RecordCollector& collector) {
  Rows rows;
  for_each_row(folder / "VQA_RAD Dataset Public.json", kLayout, collector,
               [&](const Json& json, const std::string& where) {
                 Row row{record_from_row(json, {"qid", "image_name", "question", "answer"}), where};
                 row.record.image = folder / kImageFolder / row.record.image_id;
                 const auto phrase = field_of(row.record, "phrase_type");
                 const auto frame = field_of(row.record, "question_frame");
                 if (!frame.empty() && frame != "NULL") rows.framed.push_back(framed_row(row));
                 if (phrase == "freeform" || phrase == "para") {
                   rows.train.push_back(std::move(row));
                 } else if (phrase == "test_freeform" || phrase == "test_para") {
                   rows.test.push_back(std::move(row));
                 } else {
                   collector.skip(row.record.id, where, fmt::format("phrase_type \"{}\" belongs to no split", phrase));
                 }
               });
  return rows;
}

// The training rows split by image; rows keep the file's order.
std::vector<Row> divided(std::vector<Row> rows, const std::string& split) {
  std::vector<Record> records;
  std::map<std::string, std::string> places;
  for (auto& row : rows) {
    places[row.record.id] = row.where;
    records.push_back(std::move(row.record));
  }
  auto parts = carve_by_image(std::move(records), kValidateShare, kValidateSeed);
  std::vector<Row> out;
  for (auto& record : split == "validate" ? parts.carved : parts.rest) {
    const auto where = places[record.id];
    out.push_back({std::move(record), where});
  }
  return out;
}

void read(const DatasetRequest& request, RecordCollector& collector) {
  Rows rows = read_rows(request.folder, collector);
  std::vector<Row> chosen = std::move(request.split == "test" ? rows.test : rows.train);
  if (request.split == "train-framed") chosen.insert(chosen.end(), rows.framed.begin(), rows.framed.end());
  if (request.split == "validate" || request.split == "train-rest") chosen = divided(std::move(chosen), request.split);
  for (auto& row : chosen) collector.add(std::move(row.record), row.where);
}

std::vector<SplitInfo> splits(const fs::path&) {
  return {{"train", "phrase_type freeform and para: 1,797 rows"},
          {"test", "phrase_type test_freeform and test_para: 451 rows"},
          {"train-framed", "train and every question_frame, including those of test questions: 3,064 rows", true},
          {"validate", "a tenth of train's images", true},
          {"train-rest", "train without validate's images", true}};
}

std::vector<std::string> images(const fs::path& folder) {
  return find_images(folder / kImageFolder, folder / kImageFolder, [](const fs::path&) { return true; });
}

}  // namespace

DatasetReader vqa_rad_reader() { return {"vqa_rad", kLayout, splits, read, images}; }

}  // namespace llama32med
