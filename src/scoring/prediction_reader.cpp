#include "llama32med/scoring/prediction_reader.h"

#include <array>
#include <functional>
#include <unordered_map>

#include "llama32med/core/config_json.h"
#include "llama32med/core/csv.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/id_list.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/core/strings.h"
#include "llama32med/scoring/item_json.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr std::array kIdKeys = {"id", "item_id", "qid", "question_id"};
constexpr std::array kTextKeys = {"prediction_raw", "prediction",   "text",           "response", "pred",
                                  "output",         "model_answer", "generated_text", "answer"};

using TakeRow = std::function<void(const Json& row, const std::string& where)>;

// Reports where the file stops being UTF-8, before a parser fails with a less helpful message.
void check_utf8(const fs::path& file) {
  const auto bytes = read_file(file);
  if (is_valid_utf8(bytes)) return;
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
    throw data_error("{}: is UTF-16; save it as UTF-8", file.string());
  std::size_t line = 1, begin = 0;
  for (auto end = bytes.find('\n');
       end != bytes.npos && is_valid_utf8(std::string_view(bytes).substr(begin, end - begin));
       end = bytes.find('\n', begin))
    begin = end + 1, ++line;
  throw data_error("{}:{}: contains bytes that are not UTF-8; save the file as UTF-8", file.string(), line);
}

void for_each_csv_row(const fs::path& file, char mark, const TakeRow& take) {
  const auto rows = parse_csv(read_file(file), file.string(), mark);
  if (rows.empty()) throw data_error("{}: is empty; its first line must name the columns", file.string());
  const auto& header = rows.front().cells;
  for (auto row = rows.begin() + 1; row != rows.end(); ++row) {
    const auto where = fmt::format("{}:{}", file.string(), row->line);
    if (row->cells.size() != header.size())
      throw data_error("{}: has {} cells, the first line names {} columns", where, row->cells.size(), header.size());
    Json object = Json::object();
    for (std::size_t i = 0; i < header.size(); ++i) object[std::string(trim(header[i]))] = row->cells[i];
    take(object, where);
  }
}

void for_each_list_entry(const fs::path& file, const TakeRow& take) {
  const auto list = read_json(file);
  if (!list.is_array()) throw data_error("{}: holds {}, not a list of predictions", file.string(), list.type_name());
  for (std::size_t i = 0; i < list.size(); ++i) take(list[i], fmt::format("{}: entry {}", file.string(), i + 1));
}

void for_each_prediction(const fs::path& file, const TakeRow& take) {
  if (!fs::is_regular_file(file)) throw data_error("{}: no such file; give a predictions file", file.string());
  check_utf8(file);
  const auto checked = [&](const Json& row, const std::string& where) {
    if (!row.is_object()) throw data_error("{}: holds {}, not an object with id and text", where, row.type_name());
    take(row, where);
  };
  const auto ending = ascii_lower(file.extension().string());
  if (ending == ".csv") return for_each_csv_row(file, ',', checked);
  if (ending == ".tsv") return for_each_csv_row(file, '\t', checked);
  if (ending == ".json" && trim(read_file(file)).starts_with('[')) return for_each_list_entry(file, checked);
  for_each_json_line(file, checked);
}

std::string text_of(const Json& value, std::string_view key, const std::string& where) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  throw data_error("{}: \"{}\" is {}, not text", where, key, value.type_name());
}

template <std::size_t n>
std::string first_of(const Json& row, const std::array<const char*, n>& keys, const std::string& where) {
  for (const auto* key : keys)
    if (const auto found = row.find(key); found != row.end()) return text_of(*found, key, where);
  std::vector<std::string> there;
  for (const auto& [key, value] : row.items()) there.push_back(key);
  throw data_error("{}: has none of the keys {}, only {}", where,
                   join(std::vector<std::string>(keys.begin(), keys.end()), ", "), join(there, ", "));
}

Prediction prediction_of(const Json& row, const std::string& where) {
  auto prediction = prediction_from_json(row);
  prediction.id = trim(first_of(row, kIdKeys, where));
  prediction.text = first_of(row, kTextKeys, where);
  return prediction;
}

std::string reference_of(const Json& row, const std::string& where) {
  for (const auto* key : {"reference", "ground_truth", "gt_answer", "gt", "label", "answer"})
    if (const auto found = row.find(key); found != row.end()) return text_of(*found, key, where);
  throw data_error("{}: has no \"reference\"; give --dataset and --data, whose records have the correct answers",
                   where);
}

// The annotated type under any of its usual keys, in upper case as in Record.
std::string annotated_type(const Json& row) {
  for (const auto* key : {"answer_type", "qtype"})
    if (const auto found = row.find(key); found != row.end() && found->is_string())
      return ascii_upper(trim(found->get_ref<const std::string&>()));
  return "";
}

void refuse_mismatch(const std::vector<std::pair<std::string, std::vector<std::string>>>& lists,
                     const std::string& what) {
  std::vector<std::string> parts;
  for (const auto& [name, ids] : lists)
    if (!ids.empty()) parts.push_back(fmt::format("{} {}: {}", ids.size(), name, listed(ids)));
  if (!parts.empty()) throw data_error("{}: {}", what, join(parts, "; "));
}

}  // namespace

std::vector<Prediction> read_predictions(const fs::path& file) {
  std::vector<Prediction> predictions;
  for_each_prediction(
      file, [&](const Json& row, const std::string& where) { predictions.push_back(prediction_of(row, where)); });
  return predictions;
}

std::vector<Item> read_self_contained(const fs::path& file) {
  std::vector<Item> items;
  std::unordered_map<std::string, int> seen;
  std::vector<std::string> doubled;
  for_each_prediction(file, [&](const Json& row, const std::string& where) {
    Item item{.record = record_from_json(row), .prediction = prediction_of(row, where)};
    item.record.id = item.prediction.id;
    item.record.answer = reference_of(row, where);
    if (item.record.answer_type.empty()) item.record.answer_type = annotated_type(row);
    if (++seen[item.record.id] == 2) doubled.push_back(item.record.id);
    items.push_back(std::move(item));
  });
  refuse_mismatch({{"duplicate ids", doubled}}, file.string());
  return items;
}

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
  refuse_mismatch({{"ids belong to no record", unknown},
                   {"duplicate ids", doubled},
                   {"records have no prediction (--partial scores the others)", missing}},
                  fmt::format("{} predictions do not match the {} records of {} {}", predictions.size(),
                              dataset.records.size(), dataset.name, dataset.split));
  return items;
}

}  // namespace llama32med
