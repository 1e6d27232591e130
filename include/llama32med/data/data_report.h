// What a dataset on disk contains and what is wrong with it: data_report.json and the output of `data check`.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/data/dataset.h"

namespace llama32med {

// Returns "" if the image can be read, else the reason. Provided by the image floor.
using ImageProbe = std::function<std::string(const std::filesystem::path&)>;

enum class ImageContents {
  kIgnore,   // images are compared by their ids only
  kCompare,  // and by the SHA-256 of their bytes, which finds the same image under two names
};

struct SplitReport {
  std::string name;
  std::int64_t records = 0, images = 0;
  double mean_questions_per_image = 0;
  std::int64_t most_questions_per_image = 0;
  std::vector<std::pair<std::string, std::int64_t>> answer_types;  // by annotation, sorted; "" without one
  std::int64_t yes_no = 0;                                         // answers that are yes or no
  std::int64_t image_marks = 0;                                    // as in Dataset
  std::vector<std::string> missing_images;
  std::vector<std::pair<std::string, std::string>> unreadable_images;  // id, reason
  std::vector<SkippedRecord> skipped;
};

struct SplitOverlap {
  std::string first, second;
  std::int64_t images_by_id = 0;        // distinct images in both, by id
  std::int64_t images_by_contents = 0;  // distinct file contents in both; 0 if contents were not compared
  std::int64_t records_of_second = 0;   // records of `second` whose image is in `first`, by id or by contents
};

struct DataReport {
  std::string dataset, folder;
  std::vector<SplitReport> splits;
  std::vector<std::pair<std::string, std::string>> unread_splits;  // name, reason
  std::vector<SplitOverlap> overlaps;                              // every pair, in the order of `splits`
  std::vector<std::pair<std::string, std::string>> same_bytes;     // two ids of one dataset with the same contents
  std::vector<std::string> unused_images;  // in the image folder, but in no record of these splits
};

struct ReportOptions {
  ImageContents contents = ImageContents::kCompare;
  ImageProbe probe = {};  // empty: images are not opened
};

// `splits` are splits of one dataset.
DataReport make_data_report(const std::vector<Dataset>& splits, const ReportOptions& options);

// What a training or an evaluation would leave out: "3 skipped records, 1 unreadable image"; "" if nothing.
std::string problems_text(const DataReport& report);

Json data_report_json(const DataReport& report);
std::string data_report_text(const DataReport& report);  // for the terminal: tables, first entries of lists

}  // namespace llama32med
