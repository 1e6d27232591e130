#include "report/item_line.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/sha256.h"
#include "llama32med/core/strings.h"
#include "llama32med/metrics/answer_text.h"
#include "llama32med/metrics/token_overlap.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/metrics/vqa_normalizer.h"
#include "llama32med/scoring/item_json.h"

namespace llama32med {
namespace {

// Dataset fields that are used in breakdowns, and their common names.
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

// The same for the same run in any folder and on any GPU: names and paths are left out.
std::string run_id(const RunFacts& facts) {
  constexpr std::size_t kDigits = 16;
  auto unnamed = write_config(facts);
  for (const auto* name : {"name", "label", "predictions_file", "model", "adapter", "prompt", "gpu"})
    unnamed.erase(name);
  return sha256(json_line(unnamed)).substr(0, kDigits);
}

void add_run(Json& line, const RunFacts& facts) {
  line["run_id"] = run_id(facts);
  line["model_id"] = facts.model_fingerprint;
  line["adapter_id"] = facts.adapter_sha256;
  line["dataset"] = facts.dataset;
  if (!facts.label.empty()) line["dataset_label"] = facts.label;
  line["split_sha256"] = facts.split_sha256;
  line["prompt_id"] = facts.prompt_sha256;
  line["semantics"] = facts.semantics;
  line["image_condition"] = facts.image_condition;
  line["seed"] = facts.decode.seed;
}

// Computed on the words of LLaVA-Med's normalizer, regardless of the protocol.
void add_measures(Json& line, const Item& item) {
  const auto answer = extract_templated_answer(item.prediction.text).text;
  const auto words = [](const std::string& text) { return llava_med_text(lower_case(text)); };
  const auto overlap = llava_med_overlap(words(answer), words(item.record.answer));
  line["recall"] = overlap.recall;
  line["precision"] = overlap.precision;
  line["f1"] = overlap.f1;
  line["parse"]["yesno"] = yes_no_words_name(yes_no_words(answer));
}

// Position of the item in its split, and overlap with the training records if they are known.
void add_overlap(Json& line, const std::string& id, const ReportContext& context) {
  const auto group = context.conflict_groups().find(id);
  const auto number = group == context.conflict_groups().end() ? std::nullopt : std::optional(group->second);
  if (context.overlaps())
    line.update(train_overlap_json(context.overlaps()->at(id), number));
  else if (number)
    line["conflict_group"] = *number;
}

void add_scores(Json& line, const Item& item, const ReportContext& context) {
  for (const auto& [protocol, scored] : context.scores()) {
    const auto* result = score_of(item, scored);
    if (!result) continue;
    line["score"][protocol->name] = result->score;
    line["reference_norm"][protocol->name] = protocol->normal_form(item.record.answer);
    if (protocol != &context.protocol()) continue;
    line["prediction_extracted"] = result->extracted;
    line["extract_rule"] = protocol->extract_rule == ExtractRule::kTemplate ? "template" : "none";
    line["extract_hit"] = result->extract_hit;
  }
}

}  // namespace

Json item_line(const Item& item, const ReportContext& context) {
  auto line = item_json(item);
  add_run(line, context.facts());
  line["question_sha256"] = sha256(item.record.question);
  add_types(line, item.record);
  if (!item.record.question.empty()) add_measures(line, item);
  add_scores(line, item, context);
  if (!context.are_captions()) add_overlap(line, item.record.id, context);
  return line;
}

}  // namespace llama32med
