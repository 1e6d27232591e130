// Files of predictions, runs that are read again, protocols on any text.
#include "fuzz/scratch.h"
#include "fuzz/seeds.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/strings.h"
#include "llama32med/scoring/item_json.h"
#include "llama32med/scoring/prediction_file.h"
#include "llama32med/scoring/prediction_reader.h"
#include "llama32med/scoring/protocol.h"
#include "llama32med/scoring/run_facts.h"

namespace llama32med::fuzz {
namespace {

void read_file_of_predictions(const char* target, const std::string& name, std::string_view bytes) {
  const auto file = scratch_file(target, name, bytes);
  const auto columns = prediction_columns(file);
  require(!columns.is_clear || !columns.text.empty(), "a column that is clear has a name");
  may_refuse([&] { (void)read_predictions(file); });
  may_refuse([&] { (void)prediction_columns(file, {.text = "text", .id = "question_id"}); });
  may_refuse([&] {
    for (const auto& item : read_self_contained(file)) require(!item.record.id.empty(), "an item has an id");
  });
}

void fuzz_predictions_jsonl(std::string_view bytes) { read_file_of_predictions("predictions_jsonl", "p.jsonl", bytes); }
void fuzz_predictions_json(std::string_view bytes) { read_file_of_predictions("predictions_json", "p.json", bytes); }
void fuzz_predictions_csv(std::string_view bytes) { read_file_of_predictions("predictions_csv", "p.csv", bytes); }
void fuzz_predictions_tsv(std::string_view bytes) { read_file_of_predictions("predictions_tsv", "p.tsv", bytes); }

// predictions.jsonl of a run that was stopped.
void fuzz_unfinished_predictions(std::string_view bytes) {
  const auto path = scratch_file("unfinished_predictions", "predictions.jsonl", bytes);
  std::vector<Record> records(3);
  for (std::size_t i = 0; i < records.size(); ++i) records[i].id = std::to_string(i);
  const PredictionFile file(path, records);
  require(file.done() <= records.size(), "no more items than expected");
}

void fuzz_item(std::string_view bytes) {
  const auto row = parse_json(bytes, "x.jsonl:1");
  if (!row.is_object()) return;
  const auto line = item_json({record_from_json(row), prediction_from_json(row)});
  const auto again = item_json({record_from_json(line), prediction_from_json(line)});
  require(json_line(again) == json_line(line), "an item that was written is read as the same item");
}

void fuzz_run_facts(std::string_view bytes) {
  RunFacts facts, again;
  read_config(parse_json(bytes, "report.json"), facts, "report.json");
  read_config(write_config(facts), again, "again");
  require(write_config(again) == write_config(facts), "facts that were written are read as the same facts");
  (void)signature_settings(facts);
}

void check_score(const Protocol& protocol, const ScoredAnswer& answer) {
  if (protocol.takes && !protocol.takes(answer)) return;
  const auto result = protocol.score(answer);
  require(result.score >= 0 && result.score <= 1, "a score is 0 to 1");
  (void)protocol.normal_form(answer.reference);
  if (!protocol.measure) return;
  for (const auto value : protocol.measure(answer, result.kind))
    require(value >= 0 && value <= 1, "a measure is 0 to 1");
}

// Question, reference and prediction are lines.
void fuzz_protocols(std::string_view bytes) {
  auto parts = split(replace_invalid_utf8(bytes), '\n');
  parts.resize(3);
  for (const auto* dataset : {"slake", "vqa_rad"})
    for (const auto& name : protocol_names())
      check_score(protocol(name), {.question = parts[0],
                                   .reference = parts[1],
                                   .answer_type = parts[0].size() % 2 == 1 ? "CLOSED" : "OPEN",
                                   .prediction = parts[2],
                                   .dataset = dataset,
                                   .phrase_type = "freeform"});
}

constexpr const char* kItem =
    R"({"item_id": "0", "image_id": "a.png", "image": "d/a.png", "question": "Is there a mass?", "reference": "no",
 "answer_type_annotated": "CLOSED", "split": "test", "fields": {"modality": "CT"},
 "prediction_raw": "The answer is: no", "finish_reason": "stop", "n_prompt_tokens": 30, "n_new_tokens": 4,
 "logprob_sum": -0.5, "p_yes": 0.25, "p_no": 0.75})";

Seeds item_seeds() { return {kItem}; }
Seeds unfinished_seeds() { return {"{\"item_id\": \"0\", \"prediction_raw\": \"no\"}\n{\"item_id\": \"1\", \"pre"}; }

Seeds jsonl_seeds() {
  return {replaced(kItem, "\n", "") + "\n",
          "{\"question_id\": 1, \"text\": \"no\", \"prompt\": \"Is there?\"}\n"
          "{\"question_id\": 2, \"text\": \"yes\", \"prompt\": \"Is it?\"}\n",
          "{\"question\": \"Is it?\", \"answer\": \"yes\", \"prediction\": \"no\"}\n"};
}

Seeds json_list_seeds() { return {R"([{"id": 1, "prediction": "no", "reference": "yes", "question": "Is it?"}])"}; }
Seeds csv_seeds() {
  return {"id,question,reference,prediction\n1,\"Is it, a CT?\",yes,no\n2,Which?,liver,\"the\nliver\"\n"};
}
Seeds tsv_seeds() { return {"id\tquestion\tground_truth\tresponse\n1\tIs it?\tyes\tno\n"}; }

Seeds run_facts_seeds() {
  return {
      json_line(write_config(RunFacts{.name = "a", .dataset = "slake", .split = "test", .records = 3, .scored = 3}))};
}

Seeds protocol_seeds() {
  return {"Is there a mass?\nYes\nThe answer is: yes.", "How many?\n2 lesions\ntwo lesions, in the left lung",
          "What?\nleft, right\nRight and left; \xC3\xA9 1,000.5 don't"};
}

}  // namespace

Targets scoring_targets() {
  return {{"predictions_jsonl", fuzz_predictions_jsonl, jsonl_seeds},
          {"predictions_json", fuzz_predictions_json, json_list_seeds},
          {"predictions_csv", fuzz_predictions_csv, csv_seeds},
          {"predictions_tsv", fuzz_predictions_tsv, tsv_seeds},
          {"unfinished_predictions", fuzz_unfinished_predictions, unfinished_seeds},
          {"item", fuzz_item, item_seeds},
          {"run_facts", fuzz_run_facts, run_facts_seeds},
          {"protocols", fuzz_protocols, protocol_seeds}};
}

}  // namespace llama32med::fuzz
