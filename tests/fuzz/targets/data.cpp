// The readers of the datasets.
#include <set>

#include "fuzz/scratch.h"
#include "fuzz/seeds.h"
#include "llama32med/core/strings.h"
#include "llama32med/data/dataset.h"

namespace llama32med::fuzz {
namespace {

// Writes the bytes as a dataset's only file and reads a split.
void read_split(const std::string& name, const std::string& file, const std::string& split, std::string_view bytes) {
  const auto folder = scratch_file(name, file, bytes).parent_path();
  (void)dataset_splits(name, folder);
  const auto dataset = read_dataset({.name = name, .folder = folder, .split = split, .images = ImageCheck::kIgnore});
  std::set<std::string> ids;
  for (const auto& record : dataset.records) {
    require(!record.id.empty() && !record.answer.empty(), "a record has an id and an answer");
    require(ids.insert(record.id).second, "ids are unique");
    require(is_valid_utf8(record.question) && is_valid_utf8(record.answer), "texts are UTF-8");
  }
  for (const auto& skipped : dataset.skipped)
    require(!skipped.reason.empty() && !skipped.where.empty(), "a skipped record has a place and a reason");
  require(records_sha256(dataset.records).size() == 64, "records have a hash");
}

void fuzz_records(std::string_view bytes) { read_split("records", "records.jsonl", "all", bytes); }
void fuzz_slake(std::string_view bytes) { read_split("slake", "test.json", "test", bytes); }
void fuzz_path_vqa(std::string_view bytes) { read_split("path_vqa", "test.json", "test", bytes); }
void fuzz_rocov2(std::string_view bytes) { read_split("rocov2", "test_captions.csv", "test", bytes); }

void fuzz_vqa_rad(std::string_view bytes) {
  for (const auto* split : {"train", "test", "train-framed"})
    read_split("vqa_rad", "VQA_RAD Dataset Public.json", split, bytes);
}

Seeds record_seeds() {
  return {
      "{\"id\": 1, \"image\": \"a.png\", \"question\": \"Is there a mass?\", \"answer\": \"no\"}\n"
      "{\"id\": \"2\", \"image\": \"b/c.png\", \"answer\": \"A CT.\", \"modality\": [\"CT\"], \"answer_type\": "
      "\"OPEN\"}\n"};
}

Seeds slake_seeds() {
  return {
      R"([{"img_id": 0, "img_name": "xmlab0/source.jpg", "question": "Is this a CT?", "answer": "Yes", "q_lang": "en",
 "location": "Abdomen", "modality": "CT", "answer_type": "CLOSED", "base_type": "vqa", "content_type": "Modality",
 "triple": ["vhead", "_", "_"], "qid": 1},
 {"img_id": 0, "img_name": "xmlab0/source.jpg", "question": "Which organ?", "answer": "Liver", "q_lang": "en",
 "answer_type": "OPEN", "qid": 2}])"};
}

Seeds vqa_rad_seeds() {
  auto seeds = first_items("tests/datasets/vqa_rad/VQA_RAD Dataset Public.json", 4);
  return seeds;
}

Seeds path_vqa_seeds() { return first_items("tests/datasets/path_vqa/test.json", 4); }

Seeds rocov2_seeds() {
  return {"ID,Caption\nROCOv2_2023_test_000001,\"CT chest, axial\"\nROCOv2_2023_test_000002,MRI\n"};
}

}  // namespace

Targets data_targets() {
  return {{"records", fuzz_records, record_seeds},
          {"slake", fuzz_slake, slake_seeds},
          {"vqa_rad", fuzz_vqa_rad, vqa_rad_seeds},
          {"path_vqa", fuzz_path_vqa, path_vqa_seeds},
          {"rocov2", fuzz_rocov2, rocov2_seeds}};
}

}  // namespace llama32med::fuzz
