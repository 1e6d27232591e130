// JSON as a list of objects, or as objects one after the other (JSON Lines).
#include <algorithm>
#include <set>

#include "data/import/sources.h"
#include "llama32med/core/error.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/core/text_file.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

class JsonSource final : public ImportSource {
 public:
  explicit JsonSource(fs::path file) : file_(std::move(file)), text_(read_text(file_)) {
    std::set<std::string> seen;
    for_each_row([&](const ImportRow& row) {
      for (const auto& [key, value] : row.values.items())
        if (seen.insert(key).second) columns_.push_back(key);
    });
    if (columns_.empty()) throw data_error("{}: holds no objects; expected a list or lines of them", file_.string());
  }

  std::vector<std::string> columns() const override { return columns_; }
  fs::path path() const override { return file_; }

  void for_each_row(const TakeRow& take) const override {
    for_each_json_item(text_, file_.string(), [&](const Json& value, const std::string& where) {
      ImportRow row{.where = file_.filename().string() + where.substr(where.rfind(':')), .base = file_.parent_path()};
      if (value.is_object()) {
        row.values = value;
      } else {
        row.left_out = "not an object";
        row.left_out_what = value.type_name();
      }
      take(row);
    });
  }

 private:
  fs::path file_;
  std::string text_;
  std::vector<std::string> columns_;
};

}  // namespace

ImportSources open_json(const fs::path& file, const ImportOptions& /*options*/) {
  ImportSources sources;
  sources.push_back(std::make_unique<JsonSource>(file));
  return sources;
}

}  // namespace llama32med
