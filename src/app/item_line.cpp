#include "app/item_line.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/sha256.h"
#include "llama32med/core/strings.h"
#include "llama32med/eval/item_json.h"
#include "llama32med/metrics/answer_text.h"

namespace llama32med {
namespace {

// Fields of the datasets that break-downs go by, under one name each.
constexpr std::pair<const char*, const char*> kTopicFields[] = {
    {"phrase_type", "phrase_type"}, {"question_type", "question_type"}, {"content_type", "content_type"},
    {"modality", "modality"},       {"location", "location"},           {"image_organ", "organ"},
    {"base_type", "base_type"}};

const char* type_name(AnswerKind kind) { return kind == AnswerKind::kClosed ? "CLOSED" : "OPEN"; }

void add_types(Json& line, const Record& record) {
  const auto& annotated = record.answer_type;
  line["type_annotated"] = annotated == "CLOSED" || annotated == "OPEN" ? Json(annotated) : Json();
  line["type_yesno"] = type_name(is_yes_or_no(record.answer) ? AnswerKind::kClosed : AnswerKind::kOpen);
  for (const auto& [name, field] : kTopicFields)
    if (const auto value = field_of(record, name); !value.empty()) line[field] = value;
}

void add_run(Json& line, const RunFacts& facts) {
  line["run_id"] = facts.name;
  line["model_id"] = facts.model_fingerprint;
  line["adapter_id"] = facts.adapter_sha256;
  line["dataset"] = facts.dataset;
  line["split_sha256"] = facts.split_sha256;
  line["prompt_id"] = facts.prompt_sha256;
  line["semantics"] = facts.semantics;
  line["image_condition"] = facts.image_condition;
  line["seed"] = facts.decode.seed;
}

}  // namespace

Json item_line(const Item& item, const RunFacts& facts, const std::vector<std::string>& protocols) {
  auto line = item_json(item);
  add_run(line, facts);
  line["question_sha256"] = sha256(item.record.question);
  add_types(line, item.record);
  const auto answer = scored_answer(item, facts.dataset);
  for (const auto& name : protocols) {
    const auto& rule = protocol(name);
    const auto result = rule.score(answer);
    line["score"][name] = result.score;
    line["reference_norm"][name] = rule.normal_form(item.record.answer);
    if (name != protocols.front()) continue;
    line["prediction_extracted"] = result.extracted;
    line["extract_rule"] = rule.extract_rule == ExtractRule::kTemplate ? "template" : "none";
    line["extract_hit"] = result.extract_hit;
  }
  return line;
}

}  // namespace llama32med
