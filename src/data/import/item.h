// What the sources of an import give: rows, and the questions and captions in them.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/core/config_json.h"
#include "llama32med/data/import.h"

namespace llama32med {

struct ImportRow {
  Json values = Json::object();
  std::string where;               // "own.csv:12"
  std::filesystem::path base;      // image paths are relative to it
  std::string split = {};          // by the name of its file or folder; "" if that says nothing
  std::string left_out = {};       // a reason: the row cannot be used
  std::string left_out_what = {};  // and what is wrong
};

using TakeRow = std::function<void(const ImportRow&)>;

class ImportSource {
 public:
  virtual ~ImportSource() = default;
  virtual std::vector<std::string> columns() const = 0;
  virtual void for_each_row(const TakeRow& take) const = 0;  // in the file's order
  virtual std::filesystem::path path() const = 0;
  virtual std::string note() const { return {}; }  // something about the file that a user should know
};
using ImportSources = std::vector<std::unique_ptr<ImportSource>>;

struct ImportItem {
  std::string where, id, image, question, answer, patient, split;
  std::filesystem::path base;
  std::vector<std::pair<std::string, std::string>> fields;
};

// Receives items one by one, and what is left out.
class ItemSink {
 public:
  virtual ~ItemSink() = default;
  virtual void item(ImportItem item) = 0;
  virtual void leave_out(const std::string& reason, const std::string& where, const std::string& what) = 0;
  virtual void note(const std::string& text, const std::string& where) = 0;
};

}  // namespace llama32med
