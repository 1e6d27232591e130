// One question about one image, or one caption of one image: what every dataset is turned into.
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace llama32med {

// Text is as in the file, but: white space at its ends is gone, and a run of white space that holds a tab or a line end
// is one blank (VQA-RAD writes a tab where a comma was). Numbers are their digits.
struct Record {
  std::string id;        // the official id as text; unique within a dataset
  std::string image_id;  // one per distinct image: its path below the dataset's image folder, as the file spells it
  std::filesystem::path image;  // the file
  std::string question;         // empty for captions
  std::string answer;           // or the caption
  std::string answer_type;      // the annotation, trimmed and in upper case: "CLOSED", "OPEN"; "" where there is none
  std::string split;            // as the dataset was asked for
  // The file's other fields by their official names (modality, content_type, phrase_type, ...), in the file's order.
  std::vector<std::pair<std::string, std::string>> fields;
};

// The value of a further field, or "".
std::string field_of(const Record& record, const std::string& name);

struct SkippedRecord {
  std::string id;                  // "" where it has none
  std::string where;               // file and place: "train.json: record 17", "records.jsonl:5"
  std::string reason;              // what is wrong and, where it helps, the value
  std::string missing_image = {};  // its image id, where that is the reason
};

}  // namespace llama32med
