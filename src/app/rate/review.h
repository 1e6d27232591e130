// `llama32med review`: experts grade the open answers of a run; exports sheets, imports verdicts (raters/review.h).
//
//   review_<name>.tsv       for the raters: open answers that do not match exactly, and controls, in a seeded order
//   review_<name>.key.json  not for the raters: tells which rows are controls
//   human.json, human.md    scores with the experts' verdicts
//   verdicts.jsonl          verdicts by question, reference and prediction; later runs reuse them
//
// <name> reveals nothing about the run: it is a prefix of the sheet's hash.
#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "llama32med/raters/review.h"

namespace llama32med {

struct ReviewExport {
  std::filesystem::path run;       // folder with predictions.jsonl, or such a file
  std::filesystem::path out;       // folder; empty: the run's
  std::filesystem::path verdicts;  // file of earlier verdicts; empty: verdicts.jsonl in `out`
  ReviewOptions options;
};

struct ExportedReview {
  std::filesystem::path sheet, key;
  std::size_t rows = 0, controls = 0, reused = 0;
};

ExportedReview export_review(const ReviewExport& request);

struct ReviewImport {
  std::filesystem::path run, out, verdicts;   // as above
  std::filesystem::path key;                  // empty: the only review_*.key.json in `out`
  std::vector<std::filesystem::path> sheets;  // one per rater, who is named like the file without its extension
};

// Throws Error{kUsage} for no or several keys and for two sheets of one name, Error{kData} for a broken sheet.
ReviewResult import_review(const ReviewImport& request);

}  // namespace llama32med
