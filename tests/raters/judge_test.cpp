#include "llama32med/raters/judge.h"

#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/core/sha256.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"
#include "support/test_data.h"

namespace llama32med::test {
namespace {

std::optional<double> score(const char* text) { return parse_judge_score(text); }

PromptTemplate prompt(const std::string& name) {
  return PromptTemplate::load(source_folder() / "prompts" / (name + ".txt"));
}

TEST(JudgeParse, TheLastLabeledNumber) {
  EXPECT_EQ(score("Reasoning: x\nScore: 4"), 4);
  EXPECT_EQ(score("**Reasoning:** x\n**Score:** 3"), 3);
  EXPECT_EQ(score("**Score**: **3**"), 3);
  EXPECT_EQ(score("Reasoning: a preliminary score: 2 was considered.\nScore: 4"), 4);
  EXPECT_EQ(score("Score: 4\nScore: X"), 4);
  EXPECT_EQ(score("SCORE = 3.5"), 3.5);
  EXPECT_EQ(score("score - 2"), 2);
  EXPECT_EQ(score("Score: [5]"), 5);
  EXPECT_EQ(score("Score: [4/5]"), 4);
  EXPECT_EQ(score("Score: 4 / 5."), 4);
  EXPECT_EQ(score("### Score:\n\n4"), 4);
  EXPECT_EQ(score("Score\xEF\xBC\x9A"
                  "2"),
            2);
}

TEST(JudgeParse, AnythingElseIsUnparsed) {
  for (const auto* text :
       {"", "4", "Score: X", "Score: 7", "Score: 0", "Score: 5.5", "Score: -3", "Score: 45", "Score: four", "scores: 3",
        "subscore: 3", "Score 3", "score: 3\nScore: 7", "Score:", "Score: 3rd"})
    EXPECT_FALSE(score(text)) << text;
}

TEST(JudgeParse, Verdicts) {
  EXPECT_EQ(parse_judge_verdict("Reasoning: same side.\n**Verdict:** Equivalent."), 1);
  EXPECT_EQ(parse_judge_verdict("Verdict: different"), 0);
  EXPECT_EQ(parse_judge_verdict("Verdict: not equivalent"), 0);
  EXPECT_EQ(parse_judge_verdict("Verdict: equivalent or different"), 1);  // echoes the expected format
  EXPECT_FALSE(parse_judge_verdict("Verdict: perhaps"));
  EXPECT_FALSE(parse_judge_verdict("equivalent"));
}

TEST(JudgeRequest, BatchForm) {
  const JudgeItem item{"i1", "Where?", "left {lung}", "right lung"};
  const auto request = judge_request(item, "i1", prompt("judge_caption"), {.model = "m"});
  EXPECT_EQ(request["custom_id"], "i1");
  EXPECT_EQ(request["method"], "POST");
  EXPECT_EQ(request["url"], "/v1/chat/completions");
  EXPECT_EQ(request["body"]["model"], "m");
  EXPECT_EQ(request["body"]["temperature"], 0);
  EXPECT_EQ(request["body"]["max_tokens"], 512);
  ASSERT_EQ(request["body"]["messages"].size(), 1u);
  const auto content = request["body"]["messages"][0]["content"].get<std::string>();
  EXPECT_EQ(request["body"]["messages"][0]["role"], "user");
  for (const auto* part : {"Ground-truth caption:\nleft {lung}\n", "Generated text:\nright lung\n", "Score: X"})
    EXPECT_NE(content.find(part), content.npos) << part;
  EXPECT_EQ(
      judge_requests({item, {"i2", "", "", ""}}, prompt("judge_vqa"), {.model = "m", .repeats = 2})[3]["custom_id"],
      "i2#2");
}

TEST(JudgeRequest, PromptsKeepTheirBytes) {  // earlier scores depend on them
  EXPECT_EQ(sha256(prompt("judge_caption").source()),
            "68c4065ecb807c9fc879243a2147b4d33d11273cbc662a219200f539c2012a18");
  EXPECT_EQ(sha256(prompt("judge_vqa").source()), "a8db940bc1a318eb1cf8aa148ccacb0e0b45981b9e01b5bc853e0101456526ca");
  EXPECT_EQ(judge_task(prompt("judge_caption")), JudgeTask::kCaption);
  EXPECT_EQ(judge_task(prompt("judge_vqa")), JudgeTask::kVqa);
  EXPECT_ERROR(judge_task(prompt("radiologist_vqa")), ErrorKind::kUsage, "ground_truth", "question");
}

TEST(JudgeRequest, SamplesAreSeededAndKeepTheOrder) {
  std::vector<JudgeItem> items;
  for (int i = 0; i < 50; ++i) items.push_back({std::to_string(i), "", "", ""});
  const auto ids = [](const std::vector<JudgeItem>& list) {
    std::vector<std::string> out;
    for (const auto& item : list) out.push_back(item.id);
    return out;
  };
  const auto sample = sample_items(items, 10, 7);
  EXPECT_EQ(sample.size(), 10u);
  EXPECT_EQ(ids(sample), ids(sample_items(items, 10, 7)));
  EXPECT_NE(ids(sample), ids(sample_items(items, 10, 8)));
  EXPECT_TRUE(std::ranges::is_sorted(sample, {}, [](const JudgeItem& item) { return std::stoi(item.id); }));
  std::ranges::reverse(items);
  auto turned = ids(sample_items(items, 10, 7));
  std::ranges::reverse(turned);
  EXPECT_EQ(turned, ids(sample));
  EXPECT_EQ(sample_items(items, 99, 7).size(), 50u);
}

class JudgeAnswers : public ::testing::Test {
 protected:
  std::vector<JudgeAnswer> read(const std::string& text) const {
    write_file(folder_ / "answers.jsonl", text);
    return read_judge_answers(folder_ / "answers.jsonl");
  }
  TempFolder folder_;
};

TEST_F(JudgeAnswers, BatchOutputAndPlainLines) {
  const auto answers =
      read(R"({"custom_id":"1","response":{"status_code":200,"body":{"choices":[{"message":{"content":"Score: 4"}}]}},)"
           R"("error":null})"
           "\n"
           R"({"custom_id":"2","text":"Score: 2"})"
           "\n"
           R"({"custom_id":"3","response":null,"error":{"message":"expired"}})"
           "\n"
           R"({"custom_id":"4","response":{"status_code":400,"body":{"error":"bad"}}})"
           "\n"
           R"({"custom_id":"2","text":"Score: 3"})"
           "\n");
  ASSERT_EQ(answers.size(), 4u);
  EXPECT_EQ(answers[0].text, "Score: 4");
  EXPECT_EQ(answers[1].text, "Score: 3");
  EXPECT_NE(answers[2].error.find("expired"), std::string::npos);
  EXPECT_NE(answers[3].error.find("bad"), std::string::npos);
}

TEST_F(JudgeAnswers, OtherLinesAreRejected) {
  EXPECT_ERROR(read("[1]\n"), ErrorKind::kData, "answers.jsonl:1", "custom_id");
  EXPECT_ERROR(read("{\"custom_id\":\"1\"}\n"), ErrorKind::kData, "answers.jsonl:1", "none of");
  EXPECT_ERROR(read("{\"custom_id\":\"1\",\"text\":3}\n"), ErrorKind::kData, "not text");
}

TEST_F(JudgeAnswers, NothingIsDropped) {
  std::vector<JudgeItem> items;
  for (const auto* id : {"1", "2", "3", "4", "5"}) items.push_back({id, "", "", ""});
  const auto answers = read(
      "{\"custom_id\":\"1\",\"text\":\"Score: 5\"}\n{\"custom_id\":\"2\",\"text\":\"Score: 4\"}\n"
      "{\"custom_id\":\"3\",\"text\":\"hm\"}\n{\"custom_id\":\"4\",\"error\":\"gone\"}\n");
  const auto result = judge_result(items, answers, JudgeTask::kCaption, {"m", "judge_caption", "ab", "2026-01-01"});
  EXPECT_EQ(result.count(JudgeStatus::kParsed), 2);
  EXPECT_EQ(result.count(JudgeStatus::kUnparsed), 1);
  EXPECT_EQ(result.count(JudgeStatus::kError), 1);
  EXPECT_EQ(result.count(JudgeStatus::kMissing), 1);
  EXPECT_EQ(result.mean, 4.5);
  EXPECT_EQ(result.worst_case, (5 + 4 + 1 + 1 + 1) / 5.0);
  const auto json = judge_json(result);
  EXPECT_EQ(json["parsed_share"], 0.4);
  EXPECT_EQ(json["answers"].size(), 5u);
  EXPECT_TRUE(json["answers"][2]["score"].is_null());
  EXPECT_NE(judge_markdown(result).find("| 5 | 2 (40.0 %) | 1 | 1 | 1 | 4.500 |"), std::string::npos);
  EXPECT_ERROR(judge_result({items[0]}, answers, JudgeTask::kCaption, {}), ErrorKind::kData, "3 answers", "2, 3, 4");
}

TEST_F(JudgeAnswers, AgreementWithExperts) {
  std::vector<JudgeItem> items;
  std::vector<JudgeAnswer> answers;
  for (const auto* id : {"1", "2", "3", "4", "5"}) {
    items.push_back({id, "", "", ""});
    answers.push_back({id, *id <= '2' ? "Verdict: equivalent" : *id < '5' ? "Verdict: different" : "?", ""});
  }
  auto result = judge_result(items, answers, JudgeTask::kVqa, {});
  EXPECT_EQ(result.mean, 0.5);
  EXPECT_EQ(result.worst_case, 0.4);
  result.experts = agreement_with_experts(result, {{"1", 1}, {"2", 1.0 / 3}, {"3", 0}, {"4", 0}, {"5", 1}, {"9", 1}});
  EXPECT_EQ(result.experts->items, 4);
  EXPECT_EQ(result.experts->accuracy, 0.75);
  EXPECT_NEAR(result.experts->kappa.value(), 0.5, 1e-12);
  EXPECT_EQ(judge_json(result)["agreement_with_experts"]["n"], 4);
}

TEST_F(JudgeAnswers, IntervalsAndRepeats) {
  std::vector<JudgeItem> items;
  std::vector<JudgeAnswer> answers;
  for (int i = 0; i < 100; ++i) {
    const auto id = std::to_string(i);
    items.push_back({id, "", "", ""});
    answers.push_back({id, i % 2 ? "Score: 2" : "Score: 4", ""});
    answers.push_back({id + "#2", "Score: 3", ""});
  }
  const auto result = judge_result(items, answers, JudgeTask::kCaption, {}, 2);
  EXPECT_EQ(result.mean, 3);
  EXPECT_NEAR(result.repeat_deviation.value(), std::sqrt(0.5), 1e-12);
  ASSERT_TRUE(result.bootstrap95);
  EXPECT_NEAR(result.bootstrap95->low, 2.9, 0.03);  // standard error of 100 means of 2.5 or 3.5: 0.05
  EXPECT_NEAR(result.bootstrap95->high, 3.1, 0.03);
}

}  // namespace
}  // namespace llama32med::test
