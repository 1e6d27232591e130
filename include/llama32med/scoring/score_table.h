// Items -> closed, open and overall scores under any protocols, without a model.
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
  std::vector<ScoreRow> rows;  // one a protocol, in the order asked for
};

struct ScoreRequest {
  std::string dataset, split;
  std::int64_t records = 0;  // of the split; the items may be fewer
  std::vector<std::string> protocols = {"paper", "strict-em"};
  std::string decode = "unknown";  // for the signature
};

ScoreTable make_score_table(const std::vector<Item>& items, const ScoreRequest& request);

// Rows of one table under names of the caller's: closed, open and overall of each.
struct NamedRow {
  std::string name;
  const ScoreRow* row = nullptr;
};
std::string score_rows_text(const std::string& title, const std::vector<NamedRow>& rows,
                            Rounding rounding = Rounding::kHalfUp);

// For the screen. Numbers in JSON are never rounded.
std::string score_table_text(const ScoreTable& table, Rounding rounding = Rounding::kHalfUp);
Json score_table_json(const ScoreTable& table);

}  // namespace llama32med
