// `llama32med review`: sheets for raters from the answers of a run, and their verdicts back in (raters/review.h).
//
//   review_<name>.tsv       for the raters: open answers that are no string match, and controls, in a seeded order
//   review_<name>.key.json  not for the raters: which rows are controls
//   human.json, human.md    scores with the experts' verdicts
//   verdicts.jsonl          verdicts by question, reference and prediction: later runs reuse them
//
// <name> tells nothing about the run: it is a part of the sheet's own hash.
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
  std::vector<std::filesystem::path> sheets;  // one a rater, who is called as the file without its ending
};

// Throws Error{kUsage}: no or several keys, two sheets of one name. Error{kData}: what is wrong with a sheet.
ReviewResult import_review(const ReviewImport& request);

}  // namespace llama32med
