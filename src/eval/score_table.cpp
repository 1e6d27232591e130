#include "llama32med/eval/score_table.h"

#include <array>
#include <map>

#include "llama32med/core/config_json.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/core/strings.h"
#include "llama32med/core/text_table.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

std::string first_of(const Json& row, const std::vector<std::string>& keys, const std::string& where) {
  for (const auto& key : keys) {
    const auto found = row.find(key);
    if (found == row.end()) continue;
    if (found->is_string()) return found->get<std::string>();
    if (found->is_number()) return found->dump();
    throw data_error("{}: \"{}\" is {}, not text", where, key, found->type_name());
  }
  throw data_error("{}: has none of the keys {}", where, join(keys, ", "));
}

// Prediction texts by record id.
std::map<std::string, const std::string*> texts_by_id(const Dataset& dataset,
                                                      const std::vector<Prediction>& predictions) {
  std::map<std::string, const std::string*> texts;
  for (const auto& record : dataset.records) texts[record.id] = nullptr;
  for (const auto& prediction : predictions) {
    const auto found = texts.find(prediction.id);
    if (found == texts.end())
      throw data_error("the prediction with id \"{}\" belongs to no record of {} {} ({} records)", prediction.id,
                       dataset.name, dataset.split, dataset.records.size());
    if (found->second) throw data_error("the id \"{}\" has two predictions; keep one", prediction.id);
    found->second = &prediction.text;
  }
  return texts;
}

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

}  // namespace

std::vector<Prediction> read_predictions(const fs::path& file) {
  std::vector<Prediction> predictions;
  for_each_json_line(file, [&](const Json& row, const std::string& where) {
    predictions.push_back({.id = first_of(row, {"id", "item_id", "qid", "question_id"}, where),
                           .text = first_of(row, {"prediction_raw", "prediction", "text", "answer"}, where)});
  });
  return predictions;
}

ScoreTable score_predictions(const Dataset& dataset, const std::vector<Prediction>& predictions,
                             const ScoreRequest& request) {
  const auto texts = texts_by_id(dataset, predictions);
  ScoreTable table;
  table.dataset = dataset.name, table.split = dataset.split;
  table.records = static_cast<std::int64_t>(dataset.records.size());
  table.scored = static_cast<std::int64_t>(predictions.size());
  for (const auto& name : request.protocols) {
    const auto& rule = protocol(name);
    ScoreRow row;
    row.protocol = name, row.extract_rule = rule.extract_rule;
    row.closed_scores = rule.closed_scores, row.open_scores = rule.open_scores;
    for (const auto& record : dataset.records) {
      const auto* text = texts.at(record.id);
      if (!text && request.coverage == Coverage::kPartial) continue;
      if (!text)
        throw data_error(
            "record \"{}\" of {} {} has no prediction ({} of {} have one); partial scoring must be asked for",
            record.id, dataset.name, dataset.split, table.scored, table.records);
      const auto scored = rule.score({record.question, record.answer, record.answer_type, *text, dataset.name});
      (scored.kind == AnswerKind::kClosed ? row.closed : row.open).add(scored.score);
      row.overall.add(scored.score);
      row.extract_hits += scored.extract_hit;
    }
    row.signature = signature(rule, {dataset.name, dataset.split, table.records, table.scored, request.decode});
    table.rows.push_back(std::move(row));
  }
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
    rows.push_back(std::move(json));
  }
  return {{"dataset", table.dataset},
          {"split", table.split},
          {"records", table.records},
          {"scored", table.scored},
          {"scores", rows}};
}

}  // namespace llama32med
