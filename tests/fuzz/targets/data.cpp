// The readers of the datasets.
#include <set>

#include "fuzz/scratch.h"
#include "fuzz/seeds.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/strings.h"
#include "llama32med/data/allowed_folders.h"
#include "llama32med/data/dataset.h"
#include "llama32med/data/import.h"
#include "llama32med/image/png.h"

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
    require(relative_below(record.image, folder).has_value(), "an image lies below its folder");
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

// Imports a source beside one image: everything that is written can be read again.
void import_source(const std::string& name, std::string_view bytes) {
  const auto file = scratch_file("import_" + name, "x." + name, bytes);
  static const auto image = encode_png({.size = {1, 1}, .channels = 1, .pixels = {7}});
  (void)scratch_file("import_" + name, "a.png", image);
  const auto out = file.parent_path() / "out";
  remove_tree(out);
  make_folder(out);
  const auto report = import_data({.sources = {file}, .left_out = LeftOut::kAny}, out);
  const auto dataset = read_dataset({.name = "records", .folder = out, .split = "all"});
  require(dataset.skipped.empty() && std::ssize(dataset.records) == report.records, "what was imported can be read");
  require(report.records > 0, "something was imported");
}

void fuzz_import_csv(std::string_view bytes) { import_source("csv", bytes); }
void fuzz_import_json(std::string_view bytes) { import_source("json", bytes); }

Seeds import_csv_seeds() {
  return {"id;image;question;answer;caption;split\n1;a.png;\"is it; so?\";yes;A chest.;train\n2;a.png;q;no;;test\n"};
}

Seeds import_json_seeds() {
  return {R"([{"id": 1, "image": "a.png", "conversations": [{"from": "human", "value": "<image>\nq"},
 {"from": "gpt", "value": "x"}]}])",
          R"({"messages": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "q"}]},
 {"role": "assistant", "content": "x"}], "images": [{"path": "a.png"}]}
{"image": "a", "question": "q", "answer": 3, "patient": "p"})"};
}

// A path as a data file names it, below a folder that holds a link to the outside.
void fuzz_image_path(std::string_view bytes) {
  static const auto folder = [] {
    auto inside = scratch_file("image_path", "a.png", "").parent_path();
    std::filesystem::create_directory_symlink("/", inside / "link");
    return inside;
  }();
  const auto file = folder / std::string(bytes);
  if (AllowedFolders(folder).verdict(file) != AllowedFolders::Verdict::kInside) return;
  require(relative_below(canonical_path(file), canonical_path(folder)).has_value(), "nothing outside is allowed");
}

Seeds record_seeds() {
  return {
      "{\"id\": 1, \"image\": \"a.png\", \"question\": \"Is there a mass?\", \"answer\": \"no\"}\n"
      "{\"id\": \"2\", \"image\": \"b/c.png\", \"answer\": \"A CT.\", \"modality\": [\"CT\"], \"answer_type\": "
      "\"OPEN\"}\n"};
}

Seeds image_path_seeds() {
  return {"a.png", "b/../a.png", "../a.png", "/etc", "link/etc", "link/../a.png", "./a.png/"};
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
          {"rocov2", fuzz_rocov2, rocov2_seeds},
          {"image_path", fuzz_image_path, image_path_seeds},
          {"import_csv", fuzz_import_csv, import_csv_seeds},
          {"import_json", fuzz_import_json, import_json_seeds}};
}

}  // namespace llama32med::fuzz
