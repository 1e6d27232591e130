// Items -> closed, open and overall scores under any protocols. No model is needed.
#pragma once
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/scoring/estimate.h"
#include "llama32med/scoring/item.h"

namespace llama32med {

struct MeasureRow {
  std::string name;
  AnswerKind of = AnswerKind::kOpen;
  Tally tally;
};

struct ScoreRow {
  std::string protocol, signature, remark;
  Estimate closed, open, overall;  // overall is over items, not the mean of the other two
  std::int64_t extract_hits = 0;
  ExtractRule extract_rule = ExtractRule::kNone;
  std::vector<MeasureRow> measures;
};

struct ScoreTable {
  std::string dataset, split;
  std::int64_t records = 0, scored = 0;
  std::string decode;
  std::vector<ScoreRow> rows;  // one per protocol, in the order requested
};

struct ScoreRequest {
  std::string dataset, split;
  std::int64_t records = 0;  // number of records in the split; there may be fewer items
  std::vector<std::string> protocols = {"paper", "strict-em"};
  std::string decode = "unknown";  // goes into the signature
};

ScoreTable make_score_table(const std::vector<Item>& items, const ScoreRequest& request);

// One table with closed, open and overall scores of each row, under the caller's names.
struct NamedRow {
  std::string name;
  const ScoreRow* row = nullptr;
};
std::string score_rows_text(const std::string& title, const std::vector<NamedRow>& rows,
                            Rounding rounding = Rounding::kHalfUp);

// For the terminal. Numbers in JSON are never rounded.
std::string score_table_text(const ScoreTable& table, Rounding rounding = Rounding::kHalfUp);
Json score_table_json(const ScoreTable& table);

}  // namespace llama32med
