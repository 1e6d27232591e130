// The datasets by name: official files of a split -> records, and a list of what was left out and why.
//
//   name      source                                   files in the folder
//   --------  ---------------------------------------  ------------------------------------------------------------
//   vqa_rad   Lau et al., Scientific Data 2018 (OSF)   VQA_RAD Dataset Public.json, VQA_RAD Image Folder/
//   slake     Liu et al., ISBI 2021                    {train,validate,test}.json, imgs/xmlabN/source.jpg
//   path_vqa  He et al., 2020                          train.json, validate.json (or val.json), test.json, images/
//   rocov2    Rueckert et al., Scientific Data 2024    {train,valid,test}_captions.csv, {train,valid,test}/ID.jpg
//   records   our own form                             records.jsonl, or any .jsonl file named in place of the folder
//
// records.jsonl holds one JSON object a line (empty lines are allowed):
//   id           text or number, unique
//   image        path of the image relative to the file
//   answer       text or number; for a caption, the caption
//   question     text; absent or "" for a caption
//   answer_type  optional: "CLOSED" or "OPEN"
//   split        optional: "train", "validate", "test" or any other word
//   anything else is kept as a further field
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/data/record.h"

namespace llama32med {

enum class ImageCheck {
  kMustExist,  // a record whose image file is not there is skipped
  kIgnore,     // annotations only: nothing is looked up
};

enum class LeakyRows {
  kRefuse,  // rows known to show test images in training are an error to ask for
  kAllow,
};

struct DatasetRequest {
  std::string name;
  std::filesystem::path folder;
  std::string split;            // one of dataset_splits(name), or "val", "valid", "validation", "dev" for "validate"
  std::string language = "en";  // SLAKE: "en", "zh" or "all"
  ImageCheck images = ImageCheck::kMustExist;
  // SLAKE's Chinese rows: 72 of its 96 English test images are in their train split.
  LeakyRows leaky_rows = LeakyRows::kRefuse;
};

struct Dataset {
  std::string name;
  std::filesystem::path folder;
  std::string split;
  std::vector<Record> records;  // in the file's order
  std::vector<SkippedRecord> skipped;
  std::vector<std::string> missing_images;  // ids of images that records name and that are not there, each once
};

struct SplitInfo {
  std::string name;
  std::string about;     // which rows it is
  bool derived = false;  // made from rows of another split; not part of the official division
};

std::vector<std::string> dataset_names();

// Splits a dataset has. For `records` these are the words found in the file, or "all" where there are none.
std::vector<SplitInfo> dataset_splits(const std::string& name, const std::filesystem::path& folder);

// Throws Error{kUsage} for an unknown name, split or language, with the known ones; Error{kData} for a folder or file
// that is not there (with the layout that is expected) or is not the format it should be, with the place. A record that
// cannot be used is no error: it is in `skipped`.
Dataset read_dataset(const DatasetRequest& request);

// Ids (as in Record::image_id) of all image files of a dataset's image folder, sorted, so that images of no record can
// be found.
std::vector<std::string> image_ids_in_folder(const std::string& name, const std::filesystem::path& folder);

// Of ids, image ids, questions and answers, in their order: two lists with the same hash ask the same.
std::string records_sha256(const std::vector<Record>& records);

}  // namespace llama32med
