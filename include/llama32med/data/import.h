// Other people's files as a dataset in our own layout: records.jsonl and images/.
//
// Sources are tables (CSV, TSV), JSON (lists or lines; flat objects, or the conversations of LLaVA, ShareGPT and
// ms-swift), and folders of images with captions. Memory: the text of one source, and some 200 bytes per record and
// image. The same call writes the same bytes on every machine.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/core/json_fwd.h"

namespace llama32med {

enum class ImageTransfer {
  kCopy,
  kLink,       // hard links, which need no space but the same file system
  kReference,  // absolute paths; the dataset's reader then needs data.allow_outside
};
constexpr auto names_of(ImageTransfer) {
  return std::array{Named{"copy", ImageTransfer::kCopy}, Named{"link", ImageTransfer::kLink},
                    Named{"reference", ImageTransfer::kReference}};
}

enum class SplitBy {
  kAuto,  // by patient where they are known, else by image
  kPatient,
  kImage,  // by contents: two files with the same bytes are one image
  kRow,
};
constexpr auto names_of(SplitBy) {
  return std::array{Named{"auto", SplitBy::kAuto}, Named{"patient", SplitBy::kPatient}, Named{"image", SplitBy::kImage},
                    Named{"row", SplitBy::kRow}};
}

enum class LeftOut {
  kFewOnly,  // more than 1 % of the records left out is an error
  kAny,
};

struct SplitShares {
  double validate = 0.1, test = 0.1;
};
SplitShares parse_shares(const std::string& text);  // "80/10/10": train, validate, test. Throws Error{kUsage}

inline constexpr const char* kNoColumn = "-";  // in place of a column's name

struct ImportColumns {  // "": found by its usual names
  std::string image, question, answer, caption, id, split, patient;
};

struct ImportOptions {
  std::vector<std::filesystem::path> sources = {};
  std::string from = {};       // one of import_kinds(); "": by the sources' endings
  std::string separator = {};  // in tables; "": detected
  ImportColumns columns = {};
  std::filesystem::path image_folder = {};                  // where images are looked for before the source's folder
  std::vector<std::filesystem::path> allowed_outside = {};  // more folders that may hold images
  ImageTransfer images = ImageTransfer::kCopy;
  std::optional<SplitShares> shares = {};  // absent: a split column if there is one, else the defaults
  SplitBy by = SplitBy::kAuto;
  std::uint64_t seed = 0;
  LeftOut left_out = LeftOut::kFewOnly;
};

struct ImportedSource {
  std::filesystem::path path;
  std::string sha256;                                        // "" for a folder
  std::vector<std::pair<std::string, std::string>> columns;  // role, name in the source
  std::vector<std::string> kept, personal;                   // other columns; personal ones are not written
};

struct ImportedSplit {
  std::string name;
  std::int64_t questions = 0, captions = 0, images = 0, patients = 0;
};

// What a validation or test split shares with the training split.
struct ImportLeaks {
  std::int64_t records = 0, images = 0, patients = 0;
  bool any() const { return records > 0; }
};

struct ImportReason {
  std::int64_t count = 0;
  std::vector<std::string> first;  // up to three places, with what is wrong

  std::string places() const;  // the first ones, and whether there are more
};

struct ImportReport {
  std::vector<ImportedSource> sources;
  std::int64_t rows = 0, records = 0, images = 0, same_contents = 0;
  std::string split_by;  // "patient", "image", "row", or the split column
  std::vector<ImportedSplit> splits;
  std::map<std::string, ImportReason> left_out, notes;  // by reason
  ImportLeaks leaks;
  std::optional<ImportLeaks> leaks_by_question;  // had the records been split one by one

  std::int64_t left_out_count() const;
  std::int64_t questions() const;
};

std::vector<std::string> import_kinds();  // the values of ImportOptions::from

// Fills an empty folder. Throws Error{kUsage} for options that contradict each other, Error{kData} for a source that
// cannot be read, without a column that is needed, without a usable record, or with too many records left out.
ImportReport import_data(const ImportOptions& options, const std::filesystem::path& folder);

inline constexpr const char* kImportReportFile = "import.json";  // written by import_data()

Json import_report_json(const ImportReport& report);
std::string import_report_text(const ImportReport& report);

}  // namespace llama32med
