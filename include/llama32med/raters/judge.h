// A language model as judge of captions (LLaMA32-Med, Appendix C: 1 to 5) or of answers (same meaning or not): requests
// in the batch form of OpenAI-compatible servers, answers from their batch output, scores, and what is reported of
// them.
//
// An answer that holds no score is "unparsed" and stays in the count: the mean is over parsed answers, and the worst
// case beside it counts every other item as the lowest score.
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
  std::int64_t repeats = 1;  // each item so many times, for the judge's own variance
};

// {custom_id, method, url, body}; custom ids are item ids, "ID#2" for a second asking.
Json judge_request(const JudgeItem& item, const std::string& custom_id, const PromptTemplate& prompt,
                   const JudgeSetup& setup);
std::vector<Json> judge_requests(const std::vector<JudgeItem>& items, const PromptTemplate& prompt,
                                 const JudgeSetup& setup);

// `count` items by a seeded draw, in their order; all where there are no more.
std::vector<JudgeItem> sample_items(const std::vector<JudgeItem>& items, std::size_t count, std::uint64_t seed);

// The score behind the last label "score" followed by : = or - and a number: "**Score:** 3", "Score: [4/5]", "score
// = 3.5". Nothing where there is none, or it is not 1 to 5.
std::optional<double> parse_judge_score(std::string_view text);
// 1 or 0 behind the last label "verdict".
std::optional<double> parse_judge_verdict(std::string_view text);
std::optional<double> parse_judge_answer(JudgeTask task, std::string_view text);

// The text in the body of a chat completion, or nothing.
std::optional<std::string> judge_answer_text(const Json& body);

struct JudgeAnswer {
  std::string custom_id, text;
  std::string error;  // the server's, where there is no text
};

// Lines of batch output, {custom_id, response: {body: {choices: [{message: {content}}]}}, error}, or {custom_id, text}.
// A later line of the same id replaces an earlier one. Throws Error{kData} for lines of another form.
std::vector<JudgeAnswer> read_judge_answers(const std::filesystem::path& file);

enum class JudgeStatus { kParsed, kUnparsed, kError, kMissing };

struct JudgedItem {
  std::string custom_id, item_id;
  JudgeStatus status = JudgeStatus::kMissing;
  double score = 0;
  std::string raw;  // the answer, or the error
};

struct JudgeIdentity {  // what the numbers belong to; `date` is when the answers were taken in
  std::string model, prompt_name, prompt_sha256, date;
  std::int64_t sample = 0;  // so many items drawn by `seed`; 0: all there were
  std::uint64_t seed = 0;
};

// How far a judge of answers (kVqa) agrees with experts on the items that both judged; the experts' mean counts as
// "equivalent" from one half up. To be published before the judge is used as a metric.
struct JudgeAgreement {
  std::int64_t items = 0;
  double accuracy = 0;
  std::optional<double> kappa;  // Cohen's
};

struct JudgeResult {
  JudgeTask task = JudgeTask::kCaption;
  JudgeIdentity identity;
  std::int64_t items = 0;                  // each asked as often as there are repeats
  std::array<std::int64_t, 4> counts{};    // of answers, by JudgeStatus
  std::optional<double> mean;              // over parsed answers
  double worst_case = 0;                   // all others as the lowest score
  std::optional<Interval> bootstrap95;     // of the mean, items drawn with replacement; nothing below two items
  std::optional<double> repeat_deviation;  // mean standard deviation of an item's repeats
  std::optional<JudgeAgreement> experts;   // where their verdicts are known
  std::vector<JudgedItem> judged;

  std::int64_t count(JudgeStatus status) const { return counts[static_cast<std::size_t>(status)]; }
};

// Throws Error{kData} that lists ids of answers which no request has.
JudgeResult judge_result(const std::vector<JudgeItem>& items, const std::vector<JudgeAnswer>& answers, JudgeTask task,
                         const JudgeIdentity& identity, std::int64_t repeats = 1);

JudgeAgreement agreement_with_experts(const JudgeResult& result, const std::map<std::string, double>& experts);

Json judge_json(const JudgeResult& result);
std::string judge_markdown(const JudgeResult& result);

}  // namespace llama32med
