// One question about one image, or one caption of one image: the common format of all datasets.
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace llama32med {

// Text is as in the file, except that it is trimmed and a run of white space with a tab or a line break becomes one
// space (VQA-RAD has tabs in place of commas). Numbers are their digits.
struct Record {
  std::string id;        // the official id as text; unique within a dataset
  std::string image_id;  // one per distinct image: its path below the dataset's image folder, as the file spells it
  std::filesystem::path image;  // the file
  std::string question;         // empty for captions
  std::string answer;           // or the caption
  std::string answer_type;      // the annotation, trimmed and in upper case: "CLOSED", "OPEN"; "" if none
  std::string split;            // the requested split
  // The file's other fields by their official names (modality, content_type, phrase_type, ...), in the file's order.
  std::vector<std::pair<std::string, std::string>> fields;
};

// The value of an extra field, or "".
std::string field_of(const Record& record, const std::string& name);

struct SkippedRecord {
  std::string id;                  // "" if it has none
  std::string where;               // file and location: "train.json: record 17", "records.jsonl:5"
  std::string reason;              // what is wrong and, if helpful, the value
  std::string missing_image = {};  // its image id, if a missing or unreadable image is the reason
};

}  // namespace llama32med
