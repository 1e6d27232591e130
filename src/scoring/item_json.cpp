#include "llama32med/scoring/item_json.h"

#include "llama32med/core/config_json.h"

namespace llama32med {
namespace {

std::string text_at(const Json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end() || found->is_null() || found->is_structured()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

template <class Number>
std::optional<Number> number_at(const Json& row, const char* key) {
  const auto found = row.find(key);
  const bool fits =
      found != row.end() && (std::is_integral_v<Number> ? found->is_number_integer() : found->is_number());
  return fits ? std::optional(found->get<Number>()) : std::nullopt;
}

template <class Value>
void set(Json& line, const char* key, const std::optional<Value>& value) {
  if (value) line[key] = *value;
}

void set(Json& line, const char* key, const std::string& text) {
  if (!text.empty()) line[key] = text;
}

// Mean over the answer's tokens and its end token.
std::optional<double> mean_log_probability(const Prediction& prediction) {
  if (!prediction.log_probability || !prediction.new_tokens) return std::nullopt;
  const auto tokens = *prediction.new_tokens + (prediction.finish_reason == "stop" ? 1 : 0);
  return tokens > 0 ? std::optional(*prediction.log_probability / static_cast<double>(tokens)) : std::nullopt;
}

}  // namespace

Json item_json(const Item& item) {
  const auto& [record, prediction] = item;
  Json line = {{"item_id", record.id},
               {"image_id", record.image_id},
               {"question", record.question},
               {"reference", record.answer},
               {"answer_type_annotated", record.answer_type},
               {"prediction_raw", prediction.text}};
  set(line, "image", record.image.string());
  set(line, "split", record.split);
  if (!record.fields.empty()) {
    Json fields = Json::object();
    for (const auto& [name, value] : record.fields) fields[name] = value;
    line["fields"] = std::move(fields);
  }
  set(line, "finish_reason", prediction.finish_reason);
  set(line, "n_prompt_tokens", prediction.prompt_tokens);
  set(line, "n_new_tokens", prediction.new_tokens);
  set(line, "logprob_sum", prediction.log_probability);
  set(line, "logprob_mean", mean_log_probability(prediction));
  set(line, "p_yes", prediction.p_yes);
  set(line, "p_no", prediction.p_no);
  set(line, "image_sha256", prediction.image_sha256);
  set(line, "error", prediction.error);
  return line;
}

Record record_from_json(const Json& row) {
  Record record;
  record.id = text_at(row, "item_id");
  record.image_id = text_at(row, "image_id");
  record.image = text_at(row, "image");
  record.question = text_at(row, "question");
  record.answer = text_at(row, "reference");
  record.answer_type = text_at(row, "answer_type_annotated");
  record.split = text_at(row, "split");
  if (const auto fields = row.find("fields"); fields != row.end() && fields->is_object())
    for (const auto& [name, value] : fields->items()) record.fields.emplace_back(name, text_at(*fields, name.c_str()));
  return record;
}

Prediction prediction_from_json(const Json& row) {
  return {.id = text_at(row, "item_id"),
          .text = text_at(row, "prediction_raw"),
          .finish_reason = text_at(row, "finish_reason"),
          .image_sha256 = text_at(row, "image_sha256"),
          .error = text_at(row, "error"),
          .prompt_tokens = number_at<std::int64_t>(row, "n_prompt_tokens"),
          .new_tokens = number_at<std::int64_t>(row, "n_new_tokens"),
          .log_probability = number_at<double>(row, "logprob_sum"),
          .p_yes = number_at<double>(row, "p_yes"),
          .p_no = number_at<double>(row, "p_no")};
}

}  // namespace llama32med
