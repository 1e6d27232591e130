// The datasets by name: official files of a split -> records, and a list of what was skipped and why.
//
//   name      source                                   files in the folder
//   --------  ---------------------------------------  ------------------------------------------------------------
//   vqa_rad   Lau et al., Scientific Data 2018 (OSF)   VQA_RAD Dataset Public.json, VQA_RAD Image Folder/
//   slake     Liu et al., ISBI 2021                    {train,validate,test}.json, imgs/xmlabN/source.jpg
//   path_vqa  He et al., 2020                          {train,validate,test}.json, images/
//   rocov2    Rueckert et al., Scientific Data 2024    {train,valid,test}_captions.csv, {train,valid,test}/ID.jpg
//   records   our own format                           records.jsonl, or any .jsonl file named in place of the folder
//
// validate.json may also be called validation.json, val.json, valid.json or dev.json. Images are regular files below
// the folder, which may itself be a link. A record whose image is elsewhere ("../x.png", "/x.png", a link that leads
// out) is skipped, unless it is below one of `allowed_outside` (data/allowed_folders.h).
//
// records.jsonl holds one JSON object per line (empty lines are allowed):
//   id           text or number, unique
//   image        path of the image relative to the file
//   answer       text or number; for a caption, the caption
//   question     text; absent or "" for a caption. An image mark at its beginning or end, as in LLaVA's datasets
//                ("<image>\n..", "<|image|>"), is removed and counted: the prompt file says where images go
//   answer_type  optional: "CLOSED" or "OPEN"
//   split        optional: "train", "validate", "test" or any other word; a record without one belongs to "all" alone
//   any other key is kept as an extra field
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/data/record.h"

namespace llama32med {

enum class ImageCheck {
  kMustExist,  // records whose image file is missing are skipped
  kIgnore,     // annotations only: image files are not checked
};

enum class RecordKind { kAll, kQuestions, kCaptions };
constexpr auto names_of(RecordKind) {
  return std::array{Named{"all", RecordKind::kAll}, Named{"questions", RecordKind::kQuestions},
                    Named{"captions", RecordKind::kCaptions}};
}

enum class LeakyRows {
  kRefuse,  // asking for rows known to have test images in training is an error
  kAllow,
};

struct DatasetRequest {
  std::string name;
  std::filesystem::path folder;
  std::string split;  // one of dataset_splits(name), or "val", "valid", "validation", "dev" for "validate"
  RecordKind kind = RecordKind::kAll;  // records of other kinds are not part of the dataset
  std::string language = "en";         // SLAKE: "en", "zh" or "all"
  ImageCheck images = ImageCheck::kMustExist;
  // Allows SLAKE's Chinese rows: 72 of the 96 English test images are in their train split.
  LeakyRows leaky_rows = LeakyRows::kRefuse;
  std::vector<std::filesystem::path> allowed_outside = {};  // folders that may hold images beside the dataset's own
};

struct Dataset {
  std::string name;
  std::filesystem::path folder;
  std::string split;
  std::vector<Record> records;  // in the file's order
  std::vector<SkippedRecord> skipped;
  std::int64_t image_marks = 0;             // questions from which an image mark was removed
  std::vector<std::string> missing_images;  // ids of missing images that records name, each once
};

struct SplitInfo {
  std::string name;
  std::string about;     // which rows it contains
  bool derived = false;  // made from rows of another split; not an official split
};

std::vector<std::string> dataset_names();

// The splits of a dataset. For `records` these are the ones named in the file, or "all" if it names none.
std::vector<SplitInfo> dataset_splits(const std::string& name, const std::filesystem::path& folder);

// Throws Error{kUsage} for an unknown name, split or language, listing the known ones; Error{kData} for a missing
// folder or file, with the expected layout, or for a wrong format, with the location. A record that cannot be used is
// not an error: it is in `skipped`.
Dataset read_dataset(const DatasetRequest& request);

// Ids (as in Record::image_id) of all files in a dataset's image folder, sorted; used to find images without a record.
std::vector<std::string> image_ids_in_folder(const std::string& name, const std::filesystem::path& folder);

// Hash of ids, image ids, questions and answers in order: lists with the same hash ask the same.
std::string records_sha256(const std::vector<Record>& records);

}  // namespace llama32med
