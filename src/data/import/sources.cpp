#include "data/import/sources.h"

#include <algorithm>
#include <array>

#include "data/readers/reader.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

struct SourceKind {
  std::string_view name;
  std::vector<std::string_view> endings;
  ImportSources (*open)(const fs::path&, const ImportOptions&);
};

// Rows of another source, with the split that the folder's name says.
class SplitSource final : public ImportSource {
 public:
  SplitSource(std::unique_ptr<ImportSource> source, std::string split)
      : source_(std::move(source)), split_(std::move(split)) {}

  std::vector<std::string> columns() const override { return source_->columns(); }
  fs::path path() const override { return source_->path(); }
  std::string note() const override { return source_->note(); }
  void for_each_row(const TakeRow& take) const override {
    source_->for_each_row([&](ImportRow row) {
      row.split = split_;
      take(row);
    });
  }

 private:
  std::unique_ptr<ImportSource> source_;
  std::string split_;
};

// Kinds without endings are other names of formats that are recognized row by row.
const std::vector<SourceKind>& kinds() {
  static const std::vector<SourceKind> all = {{"csv", {".csv", ".txt"}, open_table},
                                              {"tsv", {".tsv", ".tab"}, open_table},
                                              {"json", {".json"}, open_json},
                                              {"jsonl", {".jsonl", ".ndjson"}, open_json},
                                              {"llava", {}, open_json},
                                              {"sharegpt", {}, open_json},
                                              {"swift", {}, open_json},
                                              {"folder", {}, open_image_folder}};
  return all;
}

const SourceKind& kind_named(const std::string& name) {
  for (const auto& kind : kinds())
    if (kind.name == name) return kind;
  const auto known = import_kinds();
  throw usage_error("--from \"{}\" is not known{}; known are {}", name, did_you_mean(name, known), join(known, ", "));
}

const SourceKind& kind_of(const fs::path& path) {
  if (is_folder(path)) return kind_named("folder");
  const auto ending = ascii_lower(path.extension().string());
  for (const auto& kind : kinds())
    if (std::ranges::find(kind.endings, ending) != kind.endings.end()) return kind;
  throw data_error("{}: its kind is not known from its name; give --from with one of {}", path.string(),
                   join(import_kinds(), ", "));
}

// train.csv and test.csv: several files whose names are splits. One file named train.csv may be all there is.
bool are_splits(const std::vector<fs::path>& paths) {
  return paths.size() > 1 && std::ranges::none_of(paths, [](const fs::path& path) {
           return is_folder(path) || known_split_word(path.stem().string()).empty();
         });
}

}  // namespace

std::vector<std::string> import_kinds() {
  std::vector<std::string> names;
  for (const auto& kind : kinds()) names.emplace_back(kind.name);
  return names;
}

std::unique_ptr<ImportSource> with_split(std::unique_ptr<ImportSource> source, const std::string& split) {
  return std::make_unique<SplitSource>(std::move(source), split);
}

std::string known_split_word(std::string_view word) {
  const auto lower = canonical_split(ascii_lower(trim(word)));
  if (lower == "training") return "train";
  if (lower == "testing") return "test";
  return lower == "train" || lower == "validate" || lower == "test" ? lower : "";
}

ImportSources open_import_sources(const ImportOptions& options) {
  if (options.sources.empty()) throw usage_error("data import: nothing to import; give a file or a folder");
  const bool by_name = are_splits(options.sources);
  ImportSources sources;
  for (const auto& path : options.sources) {
    if (!is_there(path)) throw data_error("{}: no such file or folder", path.string());
    const auto& kind = options.from.empty() ? kind_of(path) : kind_named(options.from);
    if (is_folder(path) != (kind.name == "folder"))
      throw usage_error("--from {}: {} is {}", kind.name, path.string(), is_folder(path) ? "a folder" : "a file");
    for (auto& source : kind.open(path, options))
      sources.push_back(by_name ? with_split(std::move(source), known_split_word(path.stem().string()))
                                : std::move(source));
  }
  return sources;
}

}  // namespace llama32med
