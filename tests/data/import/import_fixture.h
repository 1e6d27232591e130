// A folder with three images, into which a source is written and from which it is imported.
#pragma once
#include <gmock/gmock.h>

#include "data/data_fixture.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/data/import.h"
#include "llama32med/image/png.h"

namespace llama32med::test {

inline std::string png(std::uint8_t gray = 0) {
  return encode_png({.size = {2, 2}, .channels = 1, .pixels = {gray, gray, gray, 9}});
}

class Import : public ::testing::Test {
 protected:
  Import() {
    for (const auto* name : {"a.png", "b.png", "c.png"}) source_.add(name, png(static_cast<std::uint8_t>(name[0])));
  }

  // Imports a file with this text; `options` may say more.
  ImportReport read(const std::string& name, const std::string& text, ImportOptions options = {}) {
    source_.add(name, text);
    options.sources = {source_.path() / name};
    return import(options);
  }
  ImportReport import(const ImportOptions& options) {
    remove_tree(out_ / "data");
    make_folder(out_ / "data");
    auto report = import_data(options, out_ / "data");
    lines_.clear();
    for_each_json_line(out_ / "data/records.jsonl",
                       [&](const Json& line, const std::string&) { lines_.push_back(line); });
    return report;
  }
  std::vector<std::string> all(const char* key) const {
    std::vector<std::string> values;
    for (const auto& line : lines_) values.push_back(line.value(key, "none"));
    return values;
  }
  Dataset dataset(const std::string& split = "all") const {
    return read_dataset({.name = "records", .folder = out_ / "data", .split = split});
  }

  DataFolder source_;
  TempFolder out_;
  std::vector<Json> lines_;
};

inline const ImportOptions kAnyLoss = {.left_out = LeftOut::kAny};

}  // namespace llama32med::test
