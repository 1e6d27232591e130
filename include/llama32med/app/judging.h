// `llama32med judge`: requests for a judge about the answers of a run, by file or over an endpoint, and its scores.
//
//   judge_requests.jsonl  one request a line, the batch form of OpenAI-compatible servers
//   judge_plan.json       what was asked: model, prompt and its SHA-256, seed, item ids
//   judge_answers.jsonl   answers of a live endpoint, appended as they come
//   judge.json, judge.md  scores (eval/judge.h)
//
// A live endpoint is asked by POST {base_url}/chat/completions, several requests at a time. Ids that have an answer in
// judge_answers.jsonl are not asked again, so a stopped run goes on. Servers that are busy (429), fail (5xx), are too
// slow, cut the connection or answer something else are asked again with growing pauses (Retry-After wins); an answer
// without a score is asked again up to `reasks` times. What finally fails is written down as an error.
//
// The key comes from an environment variable, goes into one header, and nowhere else: it is taken out of everything
// that is printed or written. Throws Error{kUsage}: no such variable, a wrong key, URL or model (401, 403, 404);
// Error{kResource}: the server cannot be reached; Error{kStopped}: by a signal.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "llama32med/app/progress.h"
#include "llama32med/eval/judge.h"

namespace llama32med {

struct JudgeJob {
  std::filesystem::path run;  // folder with predictions.jsonl, or such a file
  std::string prompt = "judge_caption";
  JudgeSetup setup;
  std::int64_t sample = 0;  // so many items, drawn by `seed`; 0: all
  std::uint64_t seed = 0;
  std::filesystem::path out;  // folder; empty: the run's
};

struct JudgeEndpoint {
  std::string base_url;                               // "https://host/v1"
  std::string key_variable = "LLAMA32MED_JUDGE_KEY";  // name of the environment variable; "" for a server without keys
  std::int64_t concurrency = 4;
  std::int64_t retries = 5;  // of one request
  std::int64_t reasks = 2;   // of one answer without a score
  double timeout_seconds = 120;
  double first_pause_seconds = 1;  // doubles with each retry, up to a minute
};

struct JudgeRunCounts {
  std::size_t requests = 0, already = 0, failed = 0, retries = 0, reasks = 0;
};

// Writes requests and plan; says how many requests there are.
std::size_t export_judge(const JudgeJob& job);

// Takes answers in for the plan in `folder` (the run's, or --out); writes judge.json and judge.md there. `answers`
// empty: judge_answers.jsonl. Throws Error{kData}: no plan, answers of another one, predictions that have changed
// since.
JudgeResult import_judge(const std::filesystem::path& run, const std::filesystem::path& folder,
                         const std::filesystem::path& answers);

struct JudgeRunOutcome {
  JudgeRunCounts counts;
  JudgeResult result;
};

JudgeRunOutcome run_judge(const JudgeJob& job, const JudgeEndpoint& endpoint, ProgressStyle progress);

}  // namespace llama32med
