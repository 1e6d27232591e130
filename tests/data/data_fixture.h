// Small synthetic datasets in temporary folders.
#pragma once
#include <filesystem>
#include <string>

#include "llama32med/core/files.h"
#include "llama32med/data/dataset.h"
#include "support/temp_folder.h"

namespace llama32med::test {

// A folder of files; images may be any bytes, since this floor does not open them.
class DataFolder {
 public:
  DataFolder& add(const std::string& name, const std::string& text) {
    write_file(folder_ / name, text, Durability::kSystem);
    return *this;
  }
  Dataset read(const std::string& dataset, const std::string& split, ImageCheck images = ImageCheck::kMustExist) const {
    return read_dataset({.name = dataset, .folder = folder_.path(), .split = split, .images = images});
  }
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TempFolder folder_;
};

inline std::vector<std::string> ids_of(const std::vector<Record>& records) {
  std::vector<std::string> ids;
  for (const auto& record : records) ids.push_back(record.id);
  return ids;
}

inline const Record& record_with_id(const Dataset& dataset, const std::string& id) {
  for (const auto& record : dataset.records)
    if (record.id == id) return record;
  throw std::logic_error("no record " + id);
}

}  // namespace llama32med::test
