#include "llama32med/scoring/prediction_join.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "llama32med/core/error.h"
#include "llama32med/core/id_list.h"
#include "llama32med/core/strings.h"
#include "llama32med/metrics/unicode.h"

namespace llama32med {
namespace {

using IdLists = std::vector<std::pair<std::string, std::vector<std::string>>>;

void refuse_mismatch(const IdLists& lists, const std::string& what, const std::string& hint = "") {
  std::vector<std::string> parts;
  for (const auto& [name, ids] : lists)
    if (!ids.empty()) parts.push_back(fmt::format("{} {}: {}", ids.size(), name, listed(ids)));
  if (!parts.empty()) throw data_error("{}: {}{}", what, join(parts, "; "), hint);
}

std::string mismatch_of(std::size_t predictions, const Dataset& dataset) {
  return fmt::format("{} predictions do not match the {} records of {} {}", predictions, dataset.records.size(),
                     dataset.name, dataset.split);
}

// A good model may be right about a few records. A column whose name may mean the reference gets no such benefit.
constexpr std::size_t kPerfectByChance = 10;

constexpr char kMissing[] = "records have no prediction (--partial scores the others)";

// Lower case; whatever is not a letter or a digit becomes one space.
std::string words_of(std::string_view text) {
  std::string words;
  for (const char c : ascii_lower(text)) {
    const bool kept = ('a' <= c && c <= 'z') || ('0' <= c && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    if (kept) {
      words.push_back(c);
    } else if (!words.empty() && words.back() != ' ') {
      words.push_back(' ');
    }
  }
  return std::string(trim(words));
}

std::string question_and_reference(const Record& record) {
  return words_of(record.question) + "\n" + words_of(record.answer);
}

bool each_is(std::string Record::*part, const std::vector<Item>& items) {
  const auto plain = [](const std::string& text) { return ascii_lower(collapse_white_space(text)); };
  return std::all_of(items.begin(), items.end(), [&](const Item& item) {
    const auto text = plain(item.record.*part);
    return !text.empty() && plain(item.prediction.text) == text;
  });
}

}  // namespace

std::vector<Item> join_predictions(const Dataset& dataset, const std::vector<Prediction>& predictions,
                                   Coverage coverage) {
  std::unordered_map<std::string, const Prediction*> by_id;
  for (const auto& record : dataset.records) by_id[record.id] = nullptr;
  std::vector<std::string> unknown, doubled, missing;
  for (const auto& prediction : predictions) {
    const auto found = by_id.find(prediction.id);
    if (found == by_id.end()) {
      unknown.push_back(prediction.id);
    } else if (found->second) {
      doubled.push_back(prediction.id);
    } else {
      found->second = &prediction;
    }
  }
  std::vector<Item> items;
  for (const auto& record : dataset.records) {
    if (const auto* prediction = by_id.at(record.id)) {
      items.push_back({record, *prediction});
    } else if (coverage == Coverage::kComplete) {
      missing.push_back(record.id);
    }
  }
  const auto* hint =
      unknown.empty() ? "" : "; for another copy of the dataset, --join question joins by question and reference";
  refuse_mismatch({{"ids belong to no record", unknown}, {"duplicate ids", doubled}, {kMissing, missing}},
                  mismatch_of(predictions.size(), dataset), hint);
  return items;
}

std::vector<Item> join_by_question(const Dataset& dataset, const std::vector<Item>& answered, Coverage coverage) {
  std::map<std::string, std::vector<const Prediction*>> waiting;  // in reverse order
  for (auto item = answered.rbegin(); item != answered.rend(); ++item)
    waiting[question_and_reference(item->record)].push_back(&item->prediction);
  std::vector<Item> items;
  std::vector<std::string> unknown, missing;
  for (const auto& record : dataset.records) {
    const auto found = waiting.find(question_and_reference(record));
    if (found == waiting.end() || found->second.empty()) {
      if (coverage == Coverage::kComplete) missing.push_back(record.id);
      continue;
    }
    items.push_back({record, *found->second.back()});
    items.back().prediction.id = record.id;
    found->second.pop_back();
  }
  for (const auto& item : answered) {
    const auto& left = waiting.at(question_and_reference(item.record));
    if (std::find(left.begin(), left.end(), &item.prediction) != left.end())
      unknown.push_back(fmt::format("\"{}\" ({})", item.record.question, item.record.answer));
  }
  refuse_mismatch(
      {{"questions with their reference belong to no record, or to fewer records", unknown}, {kMissing, missing}},
      mismatch_of(answered.size(), dataset));
  return items;
}

void refuse_copies(const std::vector<Item>& items, const std::filesystem::path& file, const PredictionKeys& keys) {
  const bool references = each_is(&Record::answer, items);
  if (!references && !each_is(&Record::question, items)) return;
  const auto columns = prediction_columns(file, keys);
  if (columns.text == kOurPredictions || items.size() < (columns.is_clear ? kPerfectByChance : 2)) return;
  throw data_error(
      "{}: each of the {} texts under \"{}\" equals its {}, so this is not the column of the model's answers; name "
      "that "
      "one with --prediction-key NAME (there are {}), or call it \"{}\" if this really is what the model answered",
      file.string(), items.size(), columns.text, references ? "reference" : "question", join(columns.all, ", "),
      kOurPredictions);
}

}  // namespace llama32med
