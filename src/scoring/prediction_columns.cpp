#include "scoring/prediction_columns.h"

#include <algorithm>
#include <array>
#include <set>

#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

using Names = std::vector<std::string>;

constexpr std::array kIdNames = {"id", "item_id", "qid", "question_id"};
constexpr std::array kClearNames = {"prediction",       "predict",          "predicted",        "pred",
                                    "prediction_text",  "predicted_answer", "pred_answer",      "model_answer",
                                    "model_output",     "model_response",   "response",         "response_text",
                                    "generated_text",   "generated",        "generated_answer", "generation",
                                    "model_prediction", "hypothesis",       "predicted_caption"};
// Question, reference or answer of the model, depending on the program that wrote the file.
constexpr std::array kUnclearNames = {"text", "output", "answer", "caption"};
constexpr std::array kReferenceNames = {"reference", "ground_truth", "gt_answer", "gt",
                                        "label",     "labels",       "target",    "answer"};
// Columns of datasets and of other programs that never hold an answer of the model.
constexpr std::array kOtherNames = {"",
                                    "index",
                                    "idx",
                                    "answer_id",
                                    "question",
                                    "prompt",
                                    "instruction",
                                    "input",
                                    "query",
                                    "conversations",
                                    "messages",
                                    "image",
                                    "images",
                                    "image_id",
                                    "image_name",
                                    "image_path",
                                    "image_file",
                                    "img",
                                    "img_id",
                                    "img_name",
                                    "file_name",
                                    "filename",
                                    "answer_type",
                                    "qtype",
                                    "type",
                                    "question_type",
                                    "base_type",
                                    "content_type",
                                    "phrase_type",
                                    "category",
                                    "q_lang",
                                    "lang",
                                    "language",
                                    "location",
                                    "modality",
                                    "organ",
                                    "image_organ",
                                    "triple",
                                    "split",
                                    "dataset",
                                    "source",
                                    "task",
                                    "model",
                                    "model_id",
                                    "model_name",
                                    "metadata",
                                    "fields",
                                    "options",
                                    "choices",
                                    "image_case_url",
                                    "qid_linked_id",
                                    "question_rephrase",
                                    "question_frame",
                                    "question_relation",
                                    "evaluation",
                                    "finish_reason",
                                    "error",
                                    "time",
                                    "timestamp",
                                    "date"};

template <std::size_t n>
bool is_among(const std::array<const char*, n>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

template <std::size_t n>
Names present(const std::array<const char*, n>& names, const Names& all) {
  Names found;
  for (const auto* name : names)
    if (contains(all, name)) found.emplace_back(name);
  return found;
}

Names names_in(const std::vector<PredictionRow>& rows) {
  Names all;
  std::set<std::string> seen;
  for (const auto& row : rows)
    for (const auto& [name, value] : row.values.items())
      if (seen.insert(name).second) all.push_back(name);
  return all;
}

bool is_number(std::string_view text) { return text.find_first_not_of("0123456789.,+-eE") == text.npos; }

bool holds_text(const std::vector<PredictionRow>& rows, const std::string& name) {
  return std::any_of(rows.begin(), rows.end(), [&](const PredictionRow& row) {
    const auto found = row.values.find(name);
    return found != row.values.end() && found->is_string() && !is_number(found->get_ref<const std::string&>());
  });
}

Names unknown_text(const std::vector<PredictionRow>& rows, const Names& all) {
  Names unknown;
  for (const auto& name : all) {
    const auto lower = ascii_lower(trim(name));
    const bool known = is_among(kIdNames, lower) || is_among(kUnclearNames, lower) ||
                       is_among(kReferenceNames, lower) || is_among(kOtherNames, lower) ||
                       lower.starts_with("unnamed:");  // the index of a pandas table
    if (!known && holds_text(rows, name)) unknown.push_back(name);
  }
  return unknown;
}

// Names of columns that are equal in every row count as one.
void keep_different(const std::vector<PredictionRow>& rows, Names& names) {
  const auto same = [&](const std::string& a, const std::string& b) {
    return std::all_of(rows.begin(), rows.end(), [&](const PredictionRow& row) {
      return row.values.value(a, Json()) == row.values.value(b, Json());
    });
  };
  while (names.size() > 1 && same(names.front(), names.back())) names.pop_back();
}

std::string list_of(const Names& names) { return join(names, ", "); }

std::string known_text_names() {
  Names names = {std::string(kOurPredictions)};
  names.insert(names.end(), kClearNames.begin(), kClearNames.end());
  names.insert(names.end(), kUnclearNames.begin(), kUnclearNames.end());
  return list_of(names);
}

void require_column(const std::string& name, const char* option, const Names& all, const std::string& file) {
  if (!contains(all, name))
    throw data_error("{}: has no column \"{}\"{}, which {} names, only {}", file, name, did_you_mean(name, all), option,
                     list_of(all));
}

std::string text_column(const std::vector<PredictionRow>& rows, const Names& all, const std::string& file) {
  if (contains(all, kOurPredictions)) return std::string(kOurPredictions);
  auto names = present(kClearNames, all);
  const bool clear = !names.empty();
  if (!clear) names = present(kUnclearNames, all);
  if (names.empty())
    throw data_error("{}: has none of the keys {}, only {}; score --prediction-key NAME names the model's answers",
                     rows.empty() ? file : rows.front().where, known_text_names(), list_of(all));
  keep_different(rows, names);
  if (names.size() > 1)
    throw data_error(
        "{}: several columns may hold the model's answers: {}; name the right one with score --prediction-key NAME",
        file, list_of(names));
  const auto unknown = clear ? Names{} : unknown_text(rows, all);
  if (!unknown.empty())
    throw data_error(
        "{}: \"{}\" may be the reference or the question, and {} the model's answer; name the column of the model's "
        "answers with score --prediction-key NAME",
        file, names.front(), list_of(unknown));
  return names.front();
}

std::string id_column(const std::vector<PredictionRow>& rows, const Names& all, const std::string& file) {
  auto names = present(kIdNames, all);
  if (names.empty()) return {};
  if (contains(all, kOurPredictions) && contains(all, "item_id")) return "item_id";
  keep_different(rows, names);
  if (names.size() == 1) return names.front();
  throw data_error(
      "{}: several columns may hold the ids of the records: {}; name the right one with score --id-key NAME", file,
      list_of(names));
}

}  // namespace

PredictionColumns choose_columns(const std::vector<PredictionRow>& rows, const PredictionKeys& keys,
                                 const std::string& file) {
  PredictionColumns columns{.all = names_in(rows)};
  if (rows.empty()) return columns;
  const auto& all = columns.all;
  if (!keys.text.empty()) require_column(keys.text, "--prediction-key", all, file);
  if (!keys.id.empty()) require_column(keys.id, "--id-key", all, file);
  columns.text = keys.text.empty() ? text_column(rows, all, file) : keys.text;
  columns.is_clear = is_among(kClearNames, columns.text);
  columns.id = keys.id.empty() ? id_column(rows, all, file) : keys.id;
  for (const auto& name : present(kReferenceNames, all))
    if (columns.reference.empty() && name != columns.text) columns.reference = name;
  return columns;
}

std::string column_text(const PredictionRow& row, const std::string& column) {
  const auto found = row.values.find(column);
  if (found == row.values.end()) throw data_error("{}: has no \"{}\", unlike other rows", row.where, column);
  if (found->is_string()) return found->get<std::string>();
  if (found->is_number() || found->is_boolean()) return found->dump();
  throw data_error("{}: \"{}\" is {}, not text", row.where, column, found->type_name());
}

}  // namespace llama32med
