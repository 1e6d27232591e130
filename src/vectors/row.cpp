#include "vectors/row.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

std::string text_of(const Json& value, const char* key) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return value.dump();
  throw data_error("\"{}\" is {}, not text", key, json_excerpt(value));
}

}  // namespace

std::string row_text(const Json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end()) throw data_error("\"{}\" is missing", key);
  return text_of(*found, key);
}

std::string row_text_or(const Json& row, const char* key, std::string_view otherwise) {
  const auto found = row.find(key);
  return found == row.end() || found->is_null() ? std::string(otherwise) : text_of(*found, key);
}

std::vector<std::string> row_texts(const Json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end()) throw data_error("\"{}\" is missing", key);
  if (!found->is_array()) return {text_of(*found, key)};
  std::vector<std::string> texts;
  for (const auto& value : *found) texts.push_back(text_of(value, key));
  return texts;
}

ScoredAnswer row_answer(const Json& row) {
  return {row_text_or(row, "question", ""), row_reference(row), row_text_or(row, "annotated_answer_type", ""),
          row_prediction(row), row_text_or(row, "dataset", "")};
}

}  // namespace llama32med
