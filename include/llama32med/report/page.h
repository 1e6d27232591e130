// report.html: one file that shows finished runs, and every answer beside its picture, in a browser without a network.
//
// Style, program, data and thumbnails all lie in the file. Its content security policy lets only the program we wrote
// run (by its SHA-256) and nothing be fetched from elsewhere, so texts from the wild stay texts even where an escape
// were missed. The template is src/report/page/, built into the library (scripts/cmake/Embed.cmake).
//
// Written whole and atomically: a page of 6,719 items and 858 thumbnails is 15 MB.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/scoring/protocol.h"

namespace llama32med {

struct PageAnswer {  // of one run to one question, under the protocol that the page shows
  std::string prediction, extracted;
  double score = 0;                       // 0 to 1
  std::vector<std::string> flips = {};    // "laterality", "negation"
  std::optional<double> confidence = {};  // 0 to 1
  std::optional<double> human = {};       // mean of the raters' verdicts, 0 to 1
  std::string error = {};                 // why there is no answer
};

struct PageItem {
  std::string id, image;  // image: the id of a PageImage, or "" where the question has none
  std::string question, reference, answer_type;
  AnswerKind kind = AnswerKind::kOpen;
  std::vector<std::pair<std::string, std::string>> fields = {};  // what to filter by: {"modality", "CT"}, ...
  std::vector<std::optional<PageAnswer>> answers = {};           // one a run, in their order; absent: not in that run
};

struct PageImage {
  std::string id;
  std::string file;        // relative to the page, for the picture in full size; "": no link
  std::string jpeg;        // the thumbnail's bytes (image/thumbnail.h); "": the page shows `file` itself or `error`
  std::string error = {};  // why there is no thumbnail
};

struct ReportPage {
  std::string title;
  std::vector<PageItem> items = {};
  std::vector<PageImage> images = {};
};

// `summary`: {"runs": [{"name", "report": a run's report.json}], "comparisons": [...]}. The page shows the sections it
// finds. Throws std::invalid_argument where an item has not one answer (or absence) a run, Error{kResource} where `out`
// cannot be written.
void write_report_page(const std::filesystem::path& out, const ReportPage& page, const Json& summary);

}  // namespace llama32med
