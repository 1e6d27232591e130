// Common parts of the readers: a row of an official file becomes a Record, which a collector keeps or skips.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "llama32med/core/config_json.h"
#include "llama32med/data/allowed_folders.h"
#include "llama32med/data/dataset.h"

namespace llama32med {

// Text of a JSON value: strings cleaned up as described in record.h, null as "", anything else as JSON.
std::string field_text(const Json& value);
std::string tidy_text(std::string_view text);

// Names of a file's columns for the common fields of a record.
struct RecordKeys {
  std::string id, image, question, answer;
};

// Fills everything except `image` and `split`; extra fields in the row's order.
Record record_from_row(const Json& row, const RecordKeys& keys);

// Collects the records a reader finds. Records without an id, question, answer or image file, with a duplicate id, or
// with an image that is not a regular file or that the data file may not name (data/allowed_folders.h) go to the list
// of skipped records. A machine that cannot look at an image (an I/O error, no permission) is an Error{kResource}.
class RecordCollector {
 public:
  enum class Questions { kRequired, kOptional };

  RecordCollector(const DatasetRequest& request, Dataset& out);

  void add(Record record, const std::string& where, Questions questions = Questions::kRequired);
  void skip(std::string id, std::string where, std::string reason);
  bool has_entry(const std::filesystem::path& image) const;  // by a path that does not leave the folder

 private:
  struct ImageState {
    std::string problem;  // "" if there is none
    bool missing = false;
  };

  std::string reason_against(const Record& record, Questions questions) const;
  ImageState look_at(const Record& record) const;
  const ImageState& image_state(const Record& record);

  const DatasetRequest& request_;
  Dataset& out_;
  AllowedFolders allowed_;
  std::set<std::string> ids_;
  std::map<std::string, ImageState> images_;  // by image id
};

// Calls `take` for each object of a JSON list with its location; other values are skipped. `layout` describes the
// expected files in the error for a missing file.
void for_each_row(const std::filesystem::path& file, std::string_view layout, RecordCollector& collector,
                  const std::function<void(const Json& row, const std::string& where)>& take);

// "val", "valid", "validation" and "dev" become "validate"; anything else is unchanged.
std::string canonical_split(const std::string& word);

// The JSON file of a split: "validate" may also be called validation, val, valid or dev. If there is none, the name of
// the split itself.
std::filesystem::path json_of_split(const std::filesystem::path& folder, const std::string& split);

// Throws Error{kData} with the layout if the file does not exist.
void require_file(const std::filesystem::path& file, std::string_view layout);

std::span<const std::string_view> image_endings();      // ".png", ...
bool is_image_name(const std::filesystem::path& path);  // by its ending

// Ids, relative to `root`, of all image files below `folder` that `accept` accepts; sorted. Empty without the folder.
std::vector<std::string> find_images(const std::filesystem::path& root, const std::filesystem::path& folder,
                                     const std::function<bool(const std::filesystem::path&)>& accept);

// A row of the table in dataset.cpp.
struct DatasetReader {
  std::string_view name;
  std::string_view layout;
  std::vector<SplitInfo> (*splits)(const std::filesystem::path& folder);
  void (*read)(const DatasetRequest& request, RecordCollector& collector);  // request.split is one of `splits`
  std::vector<std::string> (*images)(const std::filesystem::path& folder);
};

}  // namespace llama32med
