#include "llama32med/eval/score_table.h"

#include <array>

#include "llama32med/core/config_json.h"
#include "llama32med/core/strings.h"
#include "llama32med/core/text_table.h"

namespace llama32med {
namespace {

std::string k_of_n(const Tally& tally, ScoreKind kind) {
  if (kind == ScoreKind::kHit) return fmt::format("{:.0f}/{}", tally.sum, tally.count);
  return fmt::format("{:.4f}/{}", tally.sum, tally.count);
}

// Wilson's interval is one of 0/1 scores only.
std::string interval_text(const Tally& tally, ScoreKind kind) {
  if (kind == ScoreKind::kFraction || tally.count == 0) return "";
  const auto [low, high] = wilson95(tally);
  return fmt::format("{:.2f} to {:.2f}", 100 * low, 100 * high);
}

Json tally_json(const Tally& tally, ScoreKind kind) {
  Json json = {{"sum", tally.sum}, {"n", tally.count}};
  json["percent"] = tally.count > 0 ? Json(100 * tally.mean()) : Json();
  if (kind == ScoreKind::kHit && tally.count > 0) {
    const auto [low, high] = wilson95(tally);
    json["wilson95_percent"] = Json::array({100 * low, 100 * high});
  }
  return json;
}

struct NamedTally {
  const char* name;
  const Tally& tally;
  ScoreKind kind;
};

std::array<NamedTally, 3> tallies_of(const ScoreRow& row) {
  const bool hits = row.closed_scores == ScoreKind::kHit && row.open_scores == ScoreKind::kHit;
  return {{{"closed", row.closed, row.closed_scores},
           {"open", row.open, row.open_scores},
           {"overall", row.overall, hits ? ScoreKind::kHit : ScoreKind::kFraction}}};
}

ScoreRow score_row(const std::vector<Item>& items, const Protocol& rule, const ScoreTable& table,
                   const ScoreRequest& request) {
  ScoreRow row{.protocol = rule.name,
               .signature = signature(rule, {table.dataset, table.split, table.records, table.scored, request.decode}),
               .remark = rule.remark,
               .extract_rule = rule.extract_rule,
               .closed_scores = rule.closed_scores,
               .open_scores = rule.open_scores};
  for (const auto& measure : rule.measures) row.measures.push_back({measure.name, measure.of, {}});
  for (const auto& [item, result] : score_items(items, rule, request.dataset)) {
    (result.kind == AnswerKind::kClosed ? row.closed : row.open).add(result.score);
    row.overall.add(result.score);
    row.extract_hits += result.extract_hit;
    for (std::size_t m = 0; m < rule.measures.size(); ++m)
      if (rule.measures[m].of == result.kind)
        row.measures[m].tally.add(rule.measures[m].value(scored_answer(*item, request.dataset)));
  }
  return row;
}

}  // namespace

ScoreTable make_score_table(const std::vector<Item>& items, const ScoreRequest& request) {
  ScoreTable table{.dataset = request.dataset,
                   .split = request.split,
                   .records = request.records,
                   .scored = static_cast<std::int64_t>(items.size())};
  for (const auto& name : request.protocols) table.rows.push_back(score_row(items, protocol(name), table, request));
  return table;
}

std::string score_table_text(const ScoreTable& table) {
  TextTable text({Align::kLeft, Align::kLeft, Align::kRight, Align::kRight, Align::kRight, Align::kRight});
  text.add_row({"protocol", "answers", "k/n", "%", "% to .01", "95 % interval"});
  for (const auto& row : table.rows) {
    text.add_rule();
    for (const auto& [name, tally, kind] : tallies_of(row))
      text.add_row({name == std::string("closed") ? row.protocol : "", name, k_of_n(tally, kind), percent(tally, 1),
                    percent(tally, 2), interval_text(tally, kind)});
  }
  std::string out =
      fmt::format("{} {}: {} of {} records scored\n", table.dataset, table.split, table.scored, table.records);
  out += text.text();
  for (const auto& row : table.rows) {
    for (const auto& [name, of, tally] : row.measures)
      if (tally.count > 0)
        out += fmt::format("{}: {} {}, mean of {}\n", row.protocol, name, percent(tally, 4), tally.count);
    if (!row.remark.empty()) out += fmt::format("{}: {}\n", row.protocol, row.remark);
    if (row.extract_rule == ExtractRule::kTemplate)
      out +=
          fmt::format("{}: the answer template was found in {} of {}\n", row.protocol, row.extract_hits, table.scored);
    out += row.signature + "\n";
  }
  return out;
}

Json score_table_json(const ScoreTable& table) {
  Json rows = Json::array();
  for (const auto& row : table.rows) {
    Json json = {{"protocol", row.protocol}, {"signature", row.signature}};
    for (const auto& [name, tally, kind] : tallies_of(row)) json[name] = tally_json(tally, kind);
    if (row.extract_rule == ExtractRule::kTemplate) json["extract_hits"] = row.extract_hits;
    for (const auto& [name, of, tally] : row.measures)
      json["measures"].push_back({{"name", name},
                                  {"of", of == AnswerKind::kClosed ? "closed" : "open"},
                                  {"mean", tally.count > 0 ? Json(tally.mean()) : Json()},
                                  {"n", tally.count}});
    if (!row.remark.empty()) json["remark"] = row.remark;
    rows.push_back(std::move(json));
  }
  return {{"dataset", table.dataset},
          {"split", table.split},
          {"records", table.records},
          {"scored", table.scored},
          {"scores", rows}};
}

}  // namespace llama32med
