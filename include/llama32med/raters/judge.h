// A language model as judge of captions (LLaMA32-Med, Appendix C: 1 to 5) or of answers (same meaning or not): requests
// in the batch format of OpenAI-compatible servers, answers from their batch output, scores, and their report.
//
// An answer without a score is "unparsed" and still counted: the mean is over parsed answers, and the worst case next
// to it gives every other item the lowest score.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/scoring/statistics.h"
#include "llama32med/text/prompt_template.h"

namespace llama32med {

struct JudgeItem {
  std::string id, question, reference, prediction;
};

enum class JudgeTask {
  kCaption,  // slots {ground_truth} and {generated_text}; "Score: X", 1 to 5
  kVqa,      // and {question}; "Verdict: equivalent" or "Verdict: different", 1 or 0
};
JudgeTask judge_task(const PromptTemplate& prompt);  // by its slots; throws Error{kUsage}

struct JudgeSetup {
  std::string model;
  std::int64_t max_tokens = 512;
  std::int64_t repeats = 1;  // requests per item, to measure the judge's own variance
};

// {custom_id, method, url, body}; custom ids are item ids, "ID#2" for the first repeat.
Json judge_request(const JudgeItem& item, const std::string& custom_id, const PromptTemplate& prompt,
                   const JudgeSetup& setup);
std::vector<Json> judge_requests(const std::vector<JudgeItem>& items, const PromptTemplate& prompt,
                                 const JudgeSetup& setup);

// A seeded sample of `count` items in their order; all items if there are fewer.
std::vector<JudgeItem> sample_items(const std::vector<JudgeItem>& items, std::size_t count, std::uint64_t seed);

// The score after the last label "score" followed by : = or - and a number: "**Score:** 3", "Score: [4/5]", "score
// = 3.5". Empty if there is none or it is not 1 to 5.
std::optional<double> parse_judge_score(std::string_view text);
// 1 or 0 after the last label "verdict".
std::optional<double> parse_judge_verdict(std::string_view text);
std::optional<double> parse_judge_answer(JudgeTask task, std::string_view text);

// The text in the body of a chat completion, if any.
std::optional<std::string> judge_answer_text(const Json& body);

struct JudgeAnswer {
  std::string custom_id, text;
  std::string error;  // the server's error if there is no text
};

// Lines of batch output, {custom_id, response: {body: {choices: [{message: {content}}]}}, error}, or {custom_id, text}.
// A later line with the same id replaces an earlier one. Throws Error{kData} for any other format.
std::vector<JudgeAnswer> read_judge_answers(const std::filesystem::path& file);

enum class JudgeStatus { kParsed, kUnparsed, kError, kMissing };

struct JudgedItem {
  std::string custom_id, item_id;
  JudgeStatus status = JudgeStatus::kMissing;
  double score = 0;
  std::string raw;  // the answer, or the error
};

struct JudgeIdentity {  // where the scores come from; `date` is when the answers were imported
  std::string model, prompt_name, prompt_sha256, date;
  std::int64_t sample = 0;  // number of items drawn with `seed`; 0: all
  std::uint64_t seed = 0;
};

// Agreement of a judge of answers (kVqa) with experts on the items that both judged; an expert mean of at least 0.5
// counts as "equivalent". Report it before using the judge as a metric.
struct JudgeAgreement {
  std::int64_t items = 0;
  double accuracy = 0;
  std::optional<double> kappa;  // Cohen's
};

struct JudgeResult {
  JudgeTask task = JudgeTask::kCaption;
  JudgeIdentity identity;
  std::int64_t items = 0;                  // each asked once per repeat
  std::array<std::int64_t, 4> counts{};    // number of answers by JudgeStatus
  std::optional<double> mean;              // over parsed answers
  double worst_case = 0;                   // mean with the lowest score for all others
  std::optional<Interval> bootstrap95;     // interval of the mean, items drawn with replacement; empty below two items
  std::optional<double> repeat_deviation;  // mean standard deviation of an item's repeats
  std::optional<JudgeAgreement> experts;   // if their verdicts are known
  std::vector<JudgedItem> judged;

  std::int64_t count(JudgeStatus status) const { return counts[static_cast<std::size_t>(status)]; }
};

// Throws Error{kData} that lists answers whose id belongs to no request.
JudgeResult judge_result(const std::vector<JudgeItem>& items, const std::vector<JudgeAnswer>& answers, JudgeTask task,
                         const JudgeIdentity& identity, std::int64_t repeats = 1);

JudgeAgreement agreement_with_experts(const JudgeResult& result, const std::map<std::string, double>& experts);

Json judge_json(const JudgeResult& result);
std::string judge_markdown(const JudgeResult& result);

}  // namespace llama32med
