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
#include "llama32med/core/id_list.h"
#include "llama32med/core/markdown_table.h"
#include "llama32med/core/strings.h"
#include "llama32med/core/text_file.h"
#include "llama32med/metrics/answer_text.h"

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
  if (cells.size() != 4) throw data_error("{}: has {} columns; expected item_id, P, R and F", where, cells.size());
  std::array<double, 3> values{};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto value = number(trim(cells[i + 1]));
    if (!value) throw data_error("{}: \"{}\" is not a finite number", where, cells[i + 1]);
    values[i] = *value;
  }
  return {cells[0], values[0], values[1], values[2]};
}

struct Mismatch {
  const char* what;
  const std::vector<std::string>& ids;
};

void refuse(const std::filesystem::path& file, std::initializer_list<Mismatch> mismatches) {
  std::vector<std::string> problems;
  for (const auto& [what, ids] : mismatches)
    if (!ids.empty()) problems.push_back(fmt::format("{} ({}): {}", what, ids.size(), listed(ids)));
  if (!problems.empty()) throw data_error("{}: {}", file.string(), join(problems, "; "));
}

void take_means(BertScores& scores) {
  const auto n = static_cast<double>(scores.items.size());
  for (const auto& item : scores.items) {
    scores.precision += item.precision / n;
    scores.recall += item.recall / n;
    scores.f1 += item.f1 / n;
  }
  scores.f1_rescaled = (scores.f1 - kBaseline) / (1 - kBaseline);
}

}  // namespace

std::vector<CaptionPair> caption_pairs(const std::vector<const Item*>& items) {
  std::vector<CaptionPair> pairs;
  for (const auto* item : items)
    pairs.push_back({item->record.id, item->record.answer, extract_templated_answer(item->prediction.text).text});
  return pairs;
}

std::string bertscore_pairs(const std::vector<CaptionPair>& pairs) {
  std::string out = "item_id\treference\tprediction\n";
  std::set<std::string> seen;
  for (const auto& pair : pairs) {
    if (!seen.insert(pair.id).second) throw data_error("duplicate id \"{}\"", pair.id);
    out += escaped(pair.id) + "\t" + escaped(pair.reference) + "\t" + escaped(pair.prediction) + "\n";
  }
  return out;
}

BertScores read_bertscores(const std::filesystem::path& file, const std::vector<std::string>& ids) {
  const auto text = read_text(file);
  std::map<std::string, BertScore> found;
  std::vector<std::string> doubled, strange, missing;
  std::size_t number_of_line = 0;
  for (auto& line : split(text, line_end_of(text))) {
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
  refuse(file, {{"missing items", missing}, {"duplicate items", doubled}, {"unexpected items", strange}});
  take_means(scores);
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

std::string bertscores_markdown(const std::vector<NamedBertScores>& runs) {
  MarkdownTable table({{"run"},
                       {"n", Align::kRight},
                       {"P", Align::kRight},
                       {"R", Align::kRight},
                       {"F", Align::kRight},
                       {"F rescaled", Align::kRight}});
  const auto cell = [](double value) { return fmt::format("{:.4f}", value); };
  for (const auto& [run, scores] : runs)
    table.add_row({run, std::to_string(scores.items.size()), cell(scores.precision), cell(scores.recall),
                   cell(scores.f1), cell(scores.f1_rescaled)});
  return table.text() + "\nMeans of the items; roberta-large, layer 17, no idf.\n";
}

}  // namespace llama32med
