#include "llama32med/scoring/score_table.h"

#include <algorithm>
#include <array>

#include "llama32med/core/config_json.h"
#include "llama32med/core/json_object.h"
#include "llama32med/core/parallel.h"
#include "llama32med/core/strings.h"
#include "llama32med/core/text_table.h"

namespace llama32med {
namespace {

struct NamedEstimate {
  const char* name;
  const Estimate& estimate;
};

std::array<NamedEstimate, 3> estimates_of(const ScoreRow& row) {
  return {{{"closed", row.closed}, {"open", row.open}, {"overall", row.overall}}};
}

void add_measures(ScoreRow& row, const Protocol& rule, const std::vector<ScoredItem>& scored,
                  const std::string& dataset) {
  for (const auto& measure : rule.measures) row.measures.push_back({measure.name, measure.of, {}});
  if (row.measures.empty()) return;
  for (const auto& [item, result] : scored) {
    const auto values = rule.measure(scored_answer(*item, dataset), result.kind);
    auto value = values.begin();
    for (auto& measure : row.measures)
      if (measure.of == result.kind) measure.tally.add(*value++);
  }
}

ScoreRow score_row(const ScoredItems& one, const Estimator& estimator, ScoredSet set) {
  const auto& [protocol, scored] = one;
  const auto& rule = *protocol;
  set.scored = std::ssize(scored);
  ScoreRow row{.protocol = rule.name,
               .signature = signature(rule, set),
               .remark = rule.remark,
               .closed = estimator.estimate(items_of_kind(scored, AnswerKind::kClosed)),
               .open = estimator.estimate(items_of_kind(scored, AnswerKind::kOpen)),
               .overall = estimator.estimate(scored),
               .extract_rule = rule.extract_rule};
  for (const auto& [item, result] : scored) row.extract_hits += result.extract_hit;
  add_measures(row, rule, scored, set.dataset);
  return row;
}

// Fewer lines where a protocol asks for questions that the set does not have. A single protocol is always shown.
bool applies(const ScoreRow& row, const ScoreTable& table) {
  return row.overall.tally.count > 0 || table.scored == 0 || table.rows.size() == 1;
}

std::string row_notes(const ScoreRow& row) {
  std::string out;
  for (const auto& [name, of, tally] : row.measures)
    if (tally.count > 0)
      out += fmt::format("{}: {} {} {}, mean of {}\n", row.protocol, of == AnswerKind::kClosed ? "closed" : "open",
                         name, percent(tally, 4), tally.count);
  if (!row.remark.empty()) out += fmt::format("{}: {}\n", row.protocol, row.remark);
  if (row.extract_rule == ExtractRule::kTemplate)
    out += fmt::format("{}: the answer template was found in {} of {}\n", row.protocol, row.extract_hits,
                       row.overall.tally.count);
  return out + row.signature + "\n";
}

bool lacks_template(const ScoreRow& row) {
  return row.extract_rule == ExtractRule::kTemplate && row.overall.tally.count > 0 && row.extract_hits == 0;
}

// For readers who see these columns for the first time.
constexpr std::string_view kLegend =
    "closed: the reference is yes or no, or annotated as closed where the protocol reads annotations; by image: from "
    "resampling whole images; Wilson: as if questions were independent\n";

// Rows that are objects with the name of a protocol, in a report that may be written by another program.
std::vector<std::pair<std::string, const Json*>> rows_in(const Json& report) {
  std::vector<std::pair<std::string, const Json*>> rows;
  const auto* scores = json_at(report, {kScoreTableKey, "scores"});
  if (!scores || !scores->is_array()) return rows;
  for (const auto& row : *scores)
    if (const auto* name = json_at(row, {"protocol"}); name && name->is_string())
      rows.emplace_back(name->get<std::string>(), &row);
  return rows;
}

}  // namespace

ScoreTable make_score_table(std::span<const ScoredItems> scored, const SharedBootstrap& bootstrap,
                            const ScoredSet& set) {
  ScoreTable table{.dataset = set.dataset,
                   .label = set.label,
                   .split = set.split,
                   .records = set.records,
                   .scored = set.scored,
                   .decode = set.decode};
  table.rows.resize(scored.size());
  parallel_for(scored.size(), worker_threads(), [&](std::size_t i) {
    table.rows[i] = score_row(scored[i], Estimator(*scored[i].protocol, bootstrap), set);
  });
  return table;
}

std::string score_rows_text(const std::string& title, const std::vector<NamedRow>& rows, Rounding rounding) {
  TextTable text(
      {Align::kLeft, Align::kLeft, Align::kRight, Align::kRight, Align::kRight, Align::kRight, Align::kRight});
  text.add_row({title, "answers", "k/n", "%", "% to .01", "95 %, Wilson", "95 %, by image"});
  for (const auto& [name, row] : rows) {
    text.add_rule();
    for (const auto& [kind, estimate] : estimates_of(*row))
      text.add_row({kind == std::string_view("closed") ? name : "", kind, count_cell(estimate.tally),
                    percent(estimate.tally, 1, rounding), percent(estimate.tally, 2, rounding),
                    interval_cell(estimate.wilson95), interval_cell(estimate.bootstrap95)});
  }
  return text.text();
}

std::string score_table_text(const ScoreTable& table, Rounding rounding) {
  std::vector<NamedRow> rows;
  std::vector<std::string> others;
  for (const auto& row : table.rows) {
    if (applies(row, table)) {
      rows.push_back({row.protocol, &row});
    } else {
      others.push_back(row.protocol);
    }
  }
  const auto& dataset = table.label.empty() ? table.dataset : table.label;
  std::string out = fmt::format("{} {}: {} of {} records scored\n", dataset, table.split, table.scored, table.records);
  out += score_rows_text("protocol", rows, rounding);
  for (const auto& [name, row] : rows) out += row_notes(*row);
  if (!others.empty()) out += fmt::format("not shown, they score none of these questions: {}\n", join(others, ", "));
  if (std::ranges::any_of(table.rows, lacks_template))
    out +=
        "no answer has the template \"The answer is: x\"; if the answers are sentences, relaxed and llava-med compare "
        "them\n";
  return rows.empty() ? out : out.append(kLegend);
}

Json score_table_json(const ScoreTable& table) {
  Json rows = Json::array();
  for (const auto& row : table.rows) {
    Json json = {{"protocol", row.protocol}, {"signature", row.signature}};
    for (const auto& [name, estimate] : estimates_of(row)) json[name] = estimate_json(estimate);
    if (row.extract_rule == ExtractRule::kTemplate) json["extract_hits"] = row.extract_hits;
    for (const auto& [name, of, tally] : row.measures)
      json["measures"].push_back({{"name", name},
                                  {"of", of == AnswerKind::kClosed ? "closed" : "open"},
                                  {"mean", tally.count > 0 ? Json(tally.mean()) : Json()},
                                  {"n", tally.count}});
    if (!row.remark.empty()) json["remark"] = row.remark;
    rows.push_back(std::move(json));
  }
  Json json = {{"dataset", table.dataset},
               {"split", table.split},
               {"records", table.records},
               {"scored", table.scored},
               {"scores", rows}};
  if (!table.label.empty()) json["label"] = table.label;
  return json;
}

bool holds_score_table(const Json& report) { return json_at(report, {kScoreTableKey, "scores"}) != nullptr; }

std::vector<std::string> protocols_in(const Json& report) {
  std::vector<std::string> names;
  for (const auto& [name, row] : rows_in(report)) names.push_back(name);
  return names;
}

std::optional<ReportedScore> score_in(const Json& report, const std::string& protocol, const std::string& measure) {
  for (const auto& [name, row] : rows_in(report))
    if (name == protocol) return reported_score(row->value(measure, Json()));
  return std::nullopt;
}

}  // namespace llama32med
