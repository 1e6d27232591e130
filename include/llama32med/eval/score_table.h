// Predictions and records -> closed, open and overall scores under any protocols, without a model.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/data/dataset.h"
#include "llama32med/eval/item.h"
#include "llama32med/eval/statistics.h"

namespace llama32med {

// One JSON object a line. The id is under "id", "item_id", "qid" or "question_id", the text under "prediction_raw",
// "prediction", "text" or "answer": the first that is there. Throws Error{kData} with file and line.
std::vector<Prediction> read_predictions(const std::filesystem::path& file);

enum class Coverage {
  kComplete,  // a record without a prediction is an error
  kPartial,   // only records with a prediction count; the table says how many of how many
};

struct ScoreRow {
  std::string protocol, signature;
  Tally closed, open, overall;  // overall is over items, not the mean of the other two
  std::int64_t extract_hits = 0;
  ExtractRule extract_rule = ExtractRule::kNone;
  ScoreKind closed_scores = ScoreKind::kHit, open_scores = ScoreKind::kHit;
};

struct ScoreTable {
  std::string dataset, split;
  std::int64_t records = 0, scored = 0;
  std::vector<ScoreRow> rows;  // one a protocol, in the order asked for
};

struct ScoreRequest {
  std::vector<std::string> protocols = {"paper", "strict-em"};
  Coverage coverage = Coverage::kComplete;
  std::string decode = "unknown";  // for the signature
};

// Throws Error{kData} where a prediction belongs to no record, comes twice or is missing: a score over other items than
// it says is no score.
ScoreTable score_predictions(const Dataset& dataset, const std::vector<Prediction>& predictions,
                             const ScoreRequest& request);

std::string score_table_text(const ScoreTable& table);
Json score_table_json(const ScoreTable& table);

}  // namespace llama32med
