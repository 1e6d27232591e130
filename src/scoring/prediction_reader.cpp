#include "llama32med/scoring/prediction_reader.h"

#include <algorithm>
#include <functional>
#include <unordered_set>

#include "llama32med/core/csv.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/id_list.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/core/strings.h"
#include "llama32med/core/text_file.h"
#include "llama32med/scoring/item_json.h"
#include "scoring/prediction_columns.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

using TakeRow = std::function<void(const Json& row, const std::string& where)>;

std::vector<std::string> column_names(const CsvRow& head, const fs::path& file) {
  std::vector<std::string> names;
  for (const auto& cell : head.cells) {
    const std::string name(trim(cell));
    if (!name.empty() && std::find(names.begin(), names.end(), name) != names.end())
      throw data_error("{}: two columns are called \"{}\"; rename one of them", file.string(), name);
    names.push_back(name);
  }
  return names;
}

void for_each_csv_row(const fs::path& file, char mark, const TakeRow& take) {
  const auto rows = parse_csv(read_text(file), file.string(), mark);
  if (rows.empty()) throw data_error("{}: is empty; its first line must name the columns", file.string());
  const auto header = column_names(rows.front(), file);
  for (auto row = rows.begin() + 1; row != rows.end(); ++row) {
    const auto where = fmt::format("{}:{}", file.string(), row->line);
    if (row->cells.size() != header.size())
      throw data_error("{}: has {} cells, the first line names {} columns", where, row->cells.size(), header.size());
    Json object = Json::object();
    for (std::size_t i = 0; i < header.size(); ++i) object[header[i]] = row->cells[i];
    take(object, where);
  }
}

void for_each_list_entry(const fs::path& file, const TakeRow& take) {
  const auto list = read_json(file);
  if (!list.is_array()) throw data_error("{}: holds {}, not a list of predictions", file.string(), list.type_name());
  for (std::size_t i = 0; i < list.size(); ++i) take(list[i], fmt::format("{}: entry {}", file.string(), i + 1));
}

std::vector<PredictionRow> read_rows(const fs::path& file) {
  if (!is_there(file)) throw data_error("{}: no such file; give a predictions file", file.string());
  std::vector<PredictionRow> rows;
  const auto take = [&](const Json& row, const std::string& where) {
    if (!row.is_object()) throw data_error("{}: holds {}, not an object with id and text", where, row.type_name());
    rows.push_back({row, where});
  };
  const auto ending = ascii_lower(file.extension().string());
  if (ending == ".csv") {
    for_each_csv_row(file, ',', take);
  } else if (ending == ".tsv") {
    for_each_csv_row(file, '\t', take);
  } else if (ending == ".json" && trim(read_text(file)).starts_with('[')) {
    for_each_list_entry(file, take);
  } else {
    for_each_json_line(file, take);
  }
  return rows;
}

// The annotated type under any of its usual keys, in upper case as in Record.
std::string annotated_type(const Json& row) {
  for (const auto* key : {"answer_type", "qtype"})
    if (const auto found = row.find(key); found != row.end() && found->is_string())
      return ascii_upper(trim(found->get_ref<const std::string&>()));
  return "";
}

Prediction prediction_of(const PredictionRow& row, const PredictionColumns& columns) {
  auto prediction = prediction_from_json(row.values);
  if (!columns.id.empty()) prediction.id = trim(column_text(row, columns.id));
  if (!columns.id.empty() && prediction.id.empty()) throw data_error("{}: \"{}\" is empty", row.where, columns.id);
  prediction.text = column_text(row, columns.text);
  return prediction;
}

Item item_of(const PredictionRow& row, const PredictionColumns& columns) {
  Item item{.record = record_from_json(row.values), .prediction = prediction_of(row, columns)};
  item.record.id = item.prediction.id;
  item.record.answer = column_text(row, columns.reference);
  if (item.record.answer_type.empty()) item.record.answer_type = annotated_type(row.values);
  return item;
}

void require_ids(const PredictionColumns& columns, const std::string& where) {
  if (!columns.id.empty()) return;
  throw data_error(
      "{}: has none of the keys id, item_id, qid, question_id, only {}; name the column of the ids with --id-key NAME, "
      "or, if it has question and reference, join by these with --join question",
      where, join(columns.all, ", "));
}

void require_references(const PredictionColumns& columns, const std::string& where) {
  if (!columns.reference.empty()) return;
  throw data_error(
      "{}: has no \"reference\" beside \"{}\", only {}; give --dataset and --data, whose records have the correct "
      "answers",
      where, columns.text, join(columns.all, ", "));
}

void refuse_doubled(const std::vector<Item>& items, const fs::path& file) {
  std::unordered_set<std::string> seen;
  std::vector<std::string> doubled;
  for (const auto& item : items)
    if (!seen.insert(item.record.id).second) doubled.push_back(item.record.id);
  if (!doubled.empty()) throw data_error("{}: {} duplicate ids: {}", file.string(), doubled.size(), listed(doubled));
}

}  // namespace

PredictionColumns prediction_columns(const fs::path& file, const PredictionKeys& keys) {
  return choose_columns(read_rows(file), keys, file.string());
}

std::vector<Prediction> read_predictions(const fs::path& file, const PredictionKeys& keys) {
  const auto rows = read_rows(file);
  const auto columns = choose_columns(rows, keys, file.string());
  if (!rows.empty()) require_ids(columns, rows.front().where);
  std::vector<Prediction> predictions;
  for (const auto& row : rows) predictions.push_back(prediction_of(row, columns));
  return predictions;
}

std::vector<Item> read_self_contained(const fs::path& file, const PredictionKeys& keys) {
  const auto rows = read_rows(file);
  const auto columns = choose_columns(rows, keys, file.string());
  if (!rows.empty()) require_references(columns, rows.front().where);
  std::vector<Item> items;
  for (const auto& row : rows) {
    items.push_back(item_of(row, columns));
    if (columns.id.empty()) items.back().record.id = items.back().prediction.id = std::to_string(items.size());
  }
  refuse_doubled(items, file);
  return items;
}

}  // namespace llama32med
