// A folder of images: with a table metadata.csv or metadata.jsonl, in the folder or in one per split (Hugging Face's
// imagefolder), or with a text file NAME.txt beside each NAME.png.
#include <algorithm>

#include "data/import/sources.h"
#include "data/readers/reader.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/strings.h"
#include "llama32med/core/text_file.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

class CaptionedImages final : public ImportSource {
 public:
  explicit CaptionedImages(fs::path folder)
      : folder_(std::move(folder)), images_(find_images(folder_, folder_, [](const fs::path&) { return true; })) {}

  bool has_captions() const {
    return std::ranges::any_of(images_, [&](const auto& id) { return is_there(text_of(id)); });
  }
  std::vector<std::string> columns() const override { return {"image", "caption"}; }
  fs::path path() const override { return folder_; }

  void for_each_row(const TakeRow& take) const override {
    for (const auto& id : images_) {
      ImportRow row{.where = id, .base = folder_};
      if (const auto slash = id.find('/'); slash != id.npos) row.split = known_split_word(id.substr(0, slash));
      row.values["image"] = id;
      if (const auto file = text_of(id); is_there(file)) {
        row.values["caption"] = read_text(file, InvalidUtf8::kWindows1252);
      } else {
        row.left_out = "no caption file";
        row.left_out_what = "expected " + file.filename().string();
      }
      take(row);
    }
  }

 private:
  fs::path text_of(const std::string& id) const { return (folder_ / id).replace_extension(".txt"); }

  fs::path folder_;
  std::vector<std::string> images_;
};

void open_metadata(const fs::path& folder, const std::string& split, const ImportOptions& options,
                   ImportSources& sources) {
  const auto add = [&](const char* name, auto open) {
    if (!is_file(folder / name)) return;
    for (auto& source : open(folder / name, options)) sources.push_back(with_split(std::move(source), split));
  };
  add("metadata.csv", open_table);
  add("metadata.jsonl", open_json);
}

std::vector<std::string> tables_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : entries_of(folder)) {
    const auto ending = ascii_lower(entry.extension().string());
    if (is_file(entry) && (ending == ".csv" || ending == ".tsv" || ending == ".json" || ending == ".jsonl"))
      names.push_back(entry.string());
  }
  return names;
}

}  // namespace

ImportSources open_image_folder(const fs::path& folder, const ImportOptions& options) {
  ImportSources sources;
  open_metadata(folder, "", options, sources);
  for (const auto& entry : entries_of(folder))
    if (is_folder(entry)) open_metadata(entry, known_split_word(entry.filename().string()), options, sources);
  if (!sources.empty()) return sources;
  if (auto images = std::make_unique<CaptionedImages>(folder); images->has_captions()) {
    sources.push_back(std::move(images));
    return sources;
  }
  const auto tables = tables_in(folder);
  throw data_error("{}: holds neither metadata.csv, metadata.jsonl nor images with a caption in NAME.txt{}",
                   folder.string(), tables.empty() ? "" : "; give one of its files: " + join(tables, ", "));
}

}  // namespace llama32med
