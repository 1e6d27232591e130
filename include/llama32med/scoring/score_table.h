// Closed, open and overall scores of a run under any protocols: the section "scores" of report.json, and its reader.
#pragma once
#include <optional>
#include <span>
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
  std::string dataset, label, split;  // the label is shown instead of the dataset's name, if there is one
  std::int64_t records = 0, scored = 0;
  std::string decode;
  std::vector<ScoreRow> rows;  // one per protocol, in the order given
};

ScoreTable make_score_table(std::span<const ScoredItems> scored, const SharedBootstrap& bootstrap,
                            const ScoredSet& set);

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

// What a report.json holds of it. Reports without a score table, and rows or measures that are not there: nothing.
inline constexpr char kScoreTableKey[] = "scores";
bool holds_score_table(const Json& report);
std::vector<std::string> protocols_in(const Json& report);
// measure: closed, open or overall.
std::optional<ReportedScore> score_in(const Json& report, const std::string& protocol, const std::string& measure);

}  // namespace llama32med
