#include "llama32med/report/bertscore_exchange.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/id_list.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

constexpr double kBaseline =
    0.83122575;  // roberta-large, layer 17, F of random pairs: rescale_baseline/en of the package

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

BertScore score_of_line(std::string_view line, const std::string& where) {
  const auto cells = split(line, '\t');
  if (cells.size() != 4) throw data_error("{}: has {} columns; item_id, P, R and F are expected", where, cells.size());
  std::array<double, 3> values{};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto value = number(trim(cells[i + 1]));
    if (!value) throw data_error("{}: \"{}\" is no number", where, cells[i + 1]);
    values[i] = *value;
  }
  return {cells[0], values[0], values[1], values[2]};
}

}  // namespace

std::string bertscore_pairs(const std::vector<CaptionPair>& pairs) {
  std::string out = "item_id\treference\tprediction\n";
  std::set<std::string> seen;
  for (const auto& pair : pairs) {
    if (!seen.insert(pair.id).second) throw data_error("the id \"{}\" comes twice", pair.id);
    out += escaped(pair.id) + "\t" + escaped(pair.reference) + "\t" + escaped(pair.prediction) + "\n";
  }
  return out;
}

BertScores read_bertscores(const std::filesystem::path& file, const std::vector<std::string>& ids) {
  const auto text = read_file(file);
  std::map<std::string, BertScore> found;
  std::vector<std::string> doubled, strange, missing;
  std::size_t number_of_line = 0;
  for (auto& line : split(text, '\n')) {
    ++number_of_line;
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || (number_of_line == 1 && line.starts_with("item_id"))) continue;
    auto score = score_of_line(line, fmt::format("{}:{}", file.string(), number_of_line));
    const auto id = score.id;
    if (!found.emplace(id, std::move(score)).second) doubled.push_back(id);
  }
  BertScores scores;
  std::set<std::string> expected;
  for (const auto& id : ids) {
    expected.insert(escaped(id));
    const auto place = found.find(escaped(id));
    if (place == found.end()) {
      missing.push_back(id);
      continue;
    }
    scores.items.push_back(place->second);
    scores.items.back().id = id;
  }
  for (const auto& [id, score] : found)
    if (!expected.contains(id)) strange.push_back(id);
  std::vector<std::string> problems;
  if (!missing.empty()) problems.push_back(fmt::format("items missing ({}): {}", missing.size(), listed(missing)));
  if (!doubled.empty()) problems.push_back(fmt::format("items twice ({}): {}", doubled.size(), listed(doubled)));
  if (!strange.empty()) problems.push_back(fmt::format("items not expected ({}): {}", strange.size(), listed(strange)));
  if (!problems.empty()) throw data_error("{}: {}", file.string(), join(problems, "; "));
  const auto n = static_cast<double>(scores.items.size());
  for (const auto& item : scores.items) {
    scores.precision += item.precision / n;
    scores.recall += item.recall / n;
    scores.f1 += item.f1 / n;
  }
  scores.f1_rescaled = (scores.f1 - kBaseline) / (1 - kBaseline);
  return scores;
}

Json bertscores_json(const BertScores& scores) {
  return {{"model", "roberta-large"},
          {"layer", 17},
          {"idf", false},
          {"n", scores.items.size()},
          {"precision", scores.precision},
          {"recall", scores.recall},
          {"f1", scores.f1},
          {"f1_rescaled", scores.f1_rescaled}};
}

std::string bertscores_markdown(const BertScores& scores) {
  return fmt::format(
      "| BERTScore (roberta-large, layer 17, no idf) | n | P | R | F | F rescaled |\n"
      "|---|---:|---:|---:|---:|---:|\n| mean | {} | {:.4f} | {:.4f} | {:.4f} | {:.4f} |\n",
      scores.items.size(), scores.precision, scores.recall, scores.f1, scores.f1_rescaled);
}

}  // namespace llama32med
