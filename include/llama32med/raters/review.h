// Expert review (LLaMA32-Med, section 4.1): raters decide whether open answers that do not match as strings are
// correct. One sheet is exported; each rater returns one filled-in file.
//
// A sheet shows neither the run nor the model. Its rows are in a seeded random order, and some of them (5 %) are
// controls with a known verdict: string matches, and matches whose answer was replaced by that of another question.
// Only a separate key file says which rows are controls.
//
//   score_human = 1 for a string match, else the mean over raters; open_human = mean of score_human over open items.
//   Closed items keep their score; overall is the mean over all items.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/scoring/item.h"
#include "llama32med/scoring/statistics.h"

namespace llama32med {

struct ReviewItem {
  std::string id, image, question, reference, prediction;  // prediction: as compared, without the template
  AnswerKind kind = AnswerKind::kOpen;
  double score = 0;  // under protocol `paper`
};

std::vector<ReviewItem> review_items(const std::vector<ScoredItem>& scored);

// The key of a stored verdict: SHA-256 of question, reference and prediction, separated by U+001F.
std::string verdict_key(const ReviewItem& item);

// Verdicts of earlier reviews: a file with lines {"key", "rater", "verdict", "question", "reference", "prediction"}.
class VerdictStore {
 public:
  VerdictStore() = default;
  // The store is empty if there is no file. Throws Error{kData} for invalid lines.
  explicit VerdictStore(const std::filesystem::path& file);

  void add(const ReviewItem& item, const std::string& rater, double verdict);   // replaces that rater's earlier one
  const std::map<std::string, double>& verdicts(const ReviewItem& item) const;  // rater -> verdict
  void save(const std::filesystem::path& file) const;

 private:
  struct Entry {
    std::string question, reference, prediction;
    std::map<std::string, double> verdicts;
  };
  std::map<std::string, Entry> entries_;
};

enum class Duplicates { kEach, kOnce };  // once: one row for equal question, reference and prediction

struct ReviewOptions {
  std::uint64_t seed = 0;
  double control_share = 0.05;
  Duplicates duplicates = Duplicates::kEach;
};

struct ReviewRow {
  ReviewItem item;
  std::optional<double> control;     // the known verdict
  std::vector<std::string> same_as;  // ids of other items with the same verdict
};

struct ReviewSheet {
  std::vector<ReviewRow> rows;      // in the order shown
  std::vector<std::string> reused;  // ids left out because the store has their verdicts
};

// Leaves out items whose verdicts are in the store.
ReviewSheet make_review_sheet(const std::vector<ReviewItem>& items, const ReviewOptions& options,
                              const VerdictStore& store = {});

std::string review_sheet_tsv(const ReviewSheet& sheet);  // item_id image question reference prediction verdict comment
Json review_key_json(const ReviewSheet& sheet);          // not for raters
ReviewSheet read_review_key(const std::filesystem::path& file);

struct RaterSheet {
  std::string rater;
  std::map<std::string, double> verdicts;  // by item id: 0, 0.5 or 1
  std::map<std::string, std::string> comments;
};

// Reads a filled-in sheet as spreadsheet programs save it: TSV or CSV (comma or semicolon), UTF-8 with or without a
// byte-order mark, quotes. Verdicts are 1, 0.5, 0 or y, p, n. Throws Error{kData} listing rows that are missing,
// duplicate or unknown, or whose verdict is empty or invalid.
RaterSheet read_rater_sheet(const std::filesystem::path& file, const std::string& rater, const ReviewSheet& key);

struct RaterSummary {
  std::string rater;
  double accepted = 0;  // sum of verdicts over all rows except controls
  std::int64_t rows = 0;
  Tally controls;  // 1 if the verdict on a control is the known one
};

struct ReviewResult {
  Tally closed, open_string, open_human, open_majority, overall_string, overall_human, overall_majority;
  std::int64_t reviewed = 0;  // items with verdicts, including those from the store
  std::int64_t reused = 0;    // those from the store
  double accepted_share = 0;  // mean verdict over reviewed items
  std::vector<RaterSummary> raters;
  std::optional<double> fleiss_kappa;                             // nominal; empty for one rater or if undefined
  std::optional<double> alpha_nominal, alpha_ordinal;             // Krippendorff
  std::map<std::string, double> human_scores;                     // by item id, including closed items
  std::map<std::string, std::map<std::string, double>> verdicts;  // item id -> rater -> verdict
};

// The majority verdict is that of more than half of the raters, else 0. Adds the verdicts to the store.
ReviewResult merge_reviews(const std::vector<ReviewItem>& items, const ReviewSheet& key,
                           const std::vector<RaterSheet>& sheets, VerdictStore& store);

Json review_json(const ReviewResult& result);
std::string review_markdown(const ReviewResult& result);

// The mean verdict per item id from human.json in a run's folder; empty if `review import` has not run.
std::map<std::string, double> human_scores(const std::filesystem::path& folder);

}  // namespace llama32med
