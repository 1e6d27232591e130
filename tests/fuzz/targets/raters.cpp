// What experts and judges send back.
#include "fuzz/scratch.h"
#include "fuzz/seeds.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/raters/judge.h"
#include "llama32med/raters/review.h"

namespace llama32med::fuzz {
namespace {

void check_answer(const std::string& text) {
  const auto score = parse_judge_answer(JudgeTask::kCaption, text);
  require(!score || (*score >= 1 && *score <= 5), "a score is 1 to 5");
  const auto verdict = parse_judge_answer(JudgeTask::kVqa, text);
  require(!verdict || *verdict == 0 || *verdict == 1, "a verdict is 0 or 1");
}

void fuzz_judge_text(std::string_view bytes) { check_answer(std::string(bytes)); }

// The body of a server's reply.
void fuzz_judge_reply(std::string_view bytes) {
  if (const auto text = judge_answer_text(parse_json(bytes, "reply"))) check_answer(*text);
}

void fuzz_judge_answers(std::string_view bytes) {
  std::vector<JudgeItem> items(2);
  items[0].id = "1", items[1].id = "2";
  const auto answers = read_judge_answers(scratch_file("judge_answers", "a.jsonl", bytes));
  const auto result = judge_result(items, answers, JudgeTask::kCaption, {});
  (void)judge_markdown(result);
  (void)json_line(judge_json(result));
}

ReviewSheet key_of(std::initializer_list<const char*> ids) {
  ReviewSheet key;
  for (const auto* id : ids) key.rows.push_back({.item = {.id = id}});
  return key;
}

void read_sheet(const char* name, std::string_view bytes) {
  const auto sheet = read_rater_sheet(scratch_file("rater_sheet", name, bytes), "anna", key_of({"1", "=a"}));
  require(sheet.verdicts.size() == 2, "each row has a verdict");
}

void fuzz_rater_sheet(std::string_view bytes) { read_sheet("s.csv", bytes); }

void fuzz_review_key(std::string_view bytes) {
  const auto key = read_review_key(scratch_file("review_key", "k.json", bytes));
  const auto written = json_line(review_key_json(key));
  const auto again = read_review_key(scratch_file("review_key", "again.json", written));
  require(json_line(review_key_json(again)) == written, "a key that was written is read as the same key");
  (void)review_sheet_tsv(key);
}

void fuzz_verdicts(std::string_view bytes) {
  const VerdictStore store(scratch_file("verdicts", "v.jsonl", bytes));
  (void)store.verdicts({.id = "1", .question = "Is it?", .reference = "yes", .prediction = "no"});
}

void fuzz_human_scores(std::string_view bytes) {
  (void)human_scores(scratch_file("human_scores", "human.json", bytes).parent_path());
}

Seeds judge_text_seeds() {
  return {"The captions agree.\n**Score:** 3", "Score: [4/5]", "score = 3.5", "Verdict: equivalent",
          "verdict - **different**"};
}

Seeds judge_reply_seeds() {
  return {R"({"id": "x", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Score: 3"}}]})",
          R"({"choices": [{"message": {"content": [{"type": "text", "text": "Score: 3"}]}}]})",
          R"({"error": {"message": "busy"}})"};
}

Seeds judge_answer_seeds() {
  return {
      "{\"custom_id\": \"1\", \"response\": {\"status_code\": 200, \"body\": {\"choices\": [{\"message\": "
      "{\"content\": \"Score: 3\"}}]}}, \"error\": null}\n{\"custom_id\": \"2\", \"text\": \"Score: 5\"}\n",
      "{\"custom_id\": \"1\", \"error\": {\"message\": \"busy\"}}\n"};
}

Seeds rater_sheet_seeds() {
  return {
      "item_id\timage\tquestion\treference\tprediction\tverdict\tcomment\n1\ta.png\tIs it?\tyes\tno\t0,5\t\n"
      "'=a\tb.png\tIs it?\tyes\tyes\ty\tsure\n",
      "item_id,verdict,comment\n1,1,\"a \"\"b\"\"\"\n'=a,n,\n", "item_id;verdict\r\n1;0,5\r\n'=a;p\r\n"};
}

Seeds review_key_seeds() {
  auto key = key_of({"1", "2"});
  key.rows[0].item = {.id = "1", .image = "a.png", .question = "Is it?", .reference = "yes", .prediction = "no"};
  key.rows[0].control = 1, key.rows[1].same_as = {"3"}, key.reused = {"4"};
  return {json_line(review_key_json(key))};
}

Seeds verdict_seeds() {
  VerdictStore store;
  store.add({.id = "1", .question = "Is it?", .reference = "yes", .prediction = "no"}, "anna", 0.5);
  const auto file = scratch_folder("verdicts") / "seed.jsonl";
  store.save(file);
  return {read_file(file)};
}

Seeds human_seeds() {
  return {R"({"protocol": "paper-human", "items": [{"item_id": "1", "score_human": 0.5, "experts": {"anna": 0.5}}]})"};
}

}  // namespace

Targets rater_targets() {
  return {
      {"judge_text", fuzz_judge_text, judge_text_seeds},         {"judge_reply", fuzz_judge_reply, judge_reply_seeds},
      {"judge_answers", fuzz_judge_answers, judge_answer_seeds}, {"rater_sheet", fuzz_rater_sheet, rater_sheet_seeds},
      {"review_key", fuzz_review_key, review_key_seeds},         {"verdicts", fuzz_verdicts, verdict_seeds},
      {"human_scores", fuzz_human_scores, human_seeds}};
}

}  // namespace llama32med::fuzz
