// `llama32med judge`: requests for a judge about the answers of a run, by file or over an endpoint, and its scores.
//
//   judge_requests.jsonl  one request a line, the batch form of OpenAI-compatible servers
//   judge_plan.json       what was asked: model, prompt and its SHA-256, seed, item ids
//   judge_answers.jsonl   answers of a live endpoint, appended as they come
//   judge.json, judge.md  scores (raters/judge.h)
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "app/common/progress.h"
#include "llama32med/raters/judge.h"
#include "llama32med/raters/judge_asking.h"

namespace llama32med {

struct JudgeJob {
  std::filesystem::path run;  // folder with predictions.jsonl, or such a file
  std::string prompt = "judge_caption";
  JudgeSetup setup;
  std::int64_t sample = 0;  // so many items, drawn by `seed`; 0: all
  std::uint64_t seed = 0;
  std::filesystem::path out;  // folder; empty: the run's
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
