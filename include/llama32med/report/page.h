// report.html: a self-contained file that shows finished runs, and every answer with its image, in an offline browser.
//
// Style, program, data and thumbnails are all in the file. Its content security policy only allows our own program (by
// its SHA-256) and no network access, so untrusted text cannot run even if an escape were missing. The template is
// src/report/page/, built into the library (scripts/cmake/Embed.cmake).
//
// Written atomically: a page of 6,719 items and 858 thumbnails is 15 MB.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/scoring/protocol.h"

namespace llama32med {

struct PageAnswer {  // one run's answer to one question, under the protocol that the page shows
  std::string prediction, extracted;
  double score = 0;                       // 0 to 1
  std::vector<std::string> flips = {};    // "laterality", "negation"
  std::optional<double> confidence = {};  // 0 to 1
  std::optional<double> human = {};       // mean of the raters' verdicts, 0 to 1
  std::string error = {};                 // why there is no answer
};

struct PageItem {
  std::string id, image;  // image: the id of a PageImage, or "" if the question has none
  std::string question, reference, answer_type;
  AnswerKind kind = AnswerKind::kOpen;
  std::vector<std::pair<std::string, std::string>> fields = {};  // for filters: {"modality", "CT"}, ...
  std::vector<std::optional<PageAnswer>> answers = {};           // one per run, in order; absent: not in that run
};

struct PageImage {
  std::string id;
  std::string file;        // the full-size image, relative to the page; "": no link
  std::string jpeg;        // the thumbnail's bytes (image/thumbnail.h); "": the page shows `file` itself or `error`
  std::string error = {};  // why there is no thumbnail
};

struct ReportPage {
  std::string title;
  std::vector<PageItem> items = {};
  std::vector<PageImage> images = {};
};

// `summary`: {"runs": [{"name", "report": a run's report.json}], "comparisons": [...]}. The page shows all sections
// that are present. Throws std::invalid_argument if an item does not have one answer (or absence) per run,
// Error{kResource} if `out` cannot be written.
void write_report_page(const std::filesystem::path& out, const ReportPage& page, const Json& summary);

}  // namespace llama32med
