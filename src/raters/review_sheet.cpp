#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "llama32med/core/config_json.h"
#include "llama32med/core/csv.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/json_object.h"
#include "llama32med/core/random.h"
#include "llama32med/core/strings.h"
#include "llama32med/metrics/tokens.h"
#include "llama32med/raters/review.h"

namespace llama32med {
namespace {

const std::vector<std::string> kColumns = {"item_id",    "image",   "question", "reference",
                                           "prediction", "verdict", "comment"};

RandomStream stream(std::uint64_t seed, std::string_view purpose) {
  return RandomStream(fnv1a64(fmt::format("review.{}.{}", purpose, seed)));
}

bool needs_review(const ReviewItem& item) { return item.kind == AnswerKind::kOpen && item.score == 0; }

bool share_a_word(const std::string& a, const std::string& b) {
  const auto left = word_tokens(a), right = word_tokens(b);
  return std::ranges::any_of(left,
                             [&](const std::string& word) { return std::ranges::find(right, word) != right.end(); });
}

// An answer to another question that shares no word with the reference, or "".
std::string wrong_answer(const ReviewItem& item, const std::vector<ReviewItem>& open, RandomStream& random) {
  static constexpr int kTries = 200;
  for (int i = 0; i < kTries; ++i) {
    const auto& other = open[random.below(open.size())];
    if (!word_tokens(other.reference).empty() && !share_a_word(item.reference, other.reference)) return other.reference;
  }
  return "";
}

// String matches, alternately unchanged and with a wrong answer. They are separate items, so that nothing in the sheet
// gives them away.
std::vector<ReviewRow> control_rows(const std::vector<ReviewItem>& items, std::size_t count, std::uint64_t seed) {
  std::vector<ReviewItem> open, matches;
  for (const auto& item : items) {
    if (item.kind != AnswerKind::kOpen) continue;
    open.push_back(item);
    if (item.score == 1) matches.push_back(item);
  }
  auto random = stream(seed, "controls");
  random.shuffle(matches);
  std::vector<ReviewRow> rows;
  for (const auto& match : matches) {
    if (rows.size() == count) break;
    ReviewRow row{.item = match, .control = 1.0};
    if (rows.size() % 2 == 1) {
      row.item.prediction = wrong_answer(match, open, random);
      row.control = 0.0;
      if (row.item.prediction.empty()) continue;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

std::vector<ReviewItem> review_items(const std::vector<ScoredItem>& scored) {
  std::vector<ReviewItem> items;
  for (const auto& [item, result] : scored)
    items.push_back({item->record.id, item->record.image.empty() ? item->record.image_id : item->record.image.string(),
                     item->record.question, item->record.answer, result.extracted, result.kind, result.score});
  return items;
}

ReviewSheet make_review_sheet(const std::vector<ReviewItem>& items, const ReviewOptions& options,
                              const VerdictStore& store) {
  ReviewSheet sheet;
  std::map<std::string, std::size_t> first_row;  // by verdict key
  for (const auto& item : items) {
    if (!needs_review(item)) continue;
    if (!store.verdicts(item).empty()) {
      sheet.reused.push_back(item.id);
      continue;
    }
    const auto [place, is_new] = first_row.emplace(verdict_key(item), sheet.rows.size());
    if (options.duplicates == Duplicates::kOnce && !is_new)
      sheet.rows[place->second].same_as.push_back(item.id);
    else
      sheet.rows.push_back({.item = item});
  }
  const auto controls = std::ceil(options.control_share * static_cast<double>(sheet.rows.size()));
  for (auto& row : control_rows(items, static_cast<std::size_t>(controls), options.seed))
    sheet.rows.push_back(std::move(row));
  stream(options.seed, "order").shuffle(sheet.rows);
  return sheet;
}

std::string review_sheet_tsv(const ReviewSheet& sheet) {
  std::string out = join(kColumns, "\t") + "\n";
  for (const auto& row : sheet.rows) {
    std::vector<std::string> cells;
    for (const auto* text :
         {&row.item.id, &row.item.image, &row.item.question, &row.item.reference, &row.item.prediction})
      cells.push_back(csv_cell(text_cell(*text), '\t'));
    out += join(cells, "\t") + "\t\t\n";
  }
  // Without a byte-order mark, spreadsheet programs assume a local code page.
  const bool ascii = std::ranges::all_of(out, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return ascii ? out : std::string("\xEF\xBB\xBF").append(out);
}

Json review_key_json(const ReviewSheet& sheet) {
  Json rows = Json::array();
  for (const auto& row : sheet.rows) {
    Json line = {{"item_id", row.item.id}, {"key", verdict_key(row.item)}};
    if (row.control) line["control"] = *row.control;
    if (!row.same_as.empty()) line["same_as"] = row.same_as;
    line["question"] = row.item.question;
    line["reference"] = row.item.reference;
    line["prediction"] = row.item.prediction;
    rows.push_back(std::move(line));
  }
  return {{"rows", std::move(rows)}, {"reused", sheet.reused}};
}

ReviewSheet read_review_key(const std::filesystem::path& file) {
  const auto json = read_json(file);
  const JsonObject key(json, file.string());
  key.require("rows");
  ReviewSheet sheet;
  for (const auto& line : key.objects("rows")) {
    ReviewRow row{.item = {.id = line.text("item_id"),
                           .question = line.text("question"),
                           .reference = line.text("reference"),
                           .prediction = line.text("prediction")}};
    if (line.has("control")) row.control = line.number("control", {0, 1});
    row.same_as = line.texts("same_as");
    if (line.text("key") != verdict_key(row.item))
      line.fail("item {}: the key does not match its texts; the file was changed", row.item.id);
    sheet.rows.push_back(std::move(row));
  }
  sheet.reused = key.texts("reused");
  return sheet;
}

}  // namespace llama32med
