// `llama32med judge`: a language model grades the answers of a run, by files or over an endpoint.
//
//   judge_requests.jsonl  one request per line, in the batch format of OpenAI-compatible servers
//   judge_plan.json       what was asked: model, prompt and its SHA-256, seed, item ids
//   judge_answers.jsonl   answers of an endpoint, appended as they arrive
//   judge.json, judge.md  scores (raters/judge.h)
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "app/common/progress.h"
#include "app/common/run_folder.h"
#include "llama32med/raters/judge.h"
#include "llama32med/raters/judge_asking.h"

namespace llama32med {

struct JudgeJob {
  std::filesystem::path run;  // folder with predictions.jsonl, or such a file
  std::string prompt = "judge_caption";
  JudgeSetup setup;
  std::int64_t sample = 0;  // number of items, drawn at random by `seed`; 0: all
  std::uint64_t seed = 0;
  std::filesystem::path out;  // folder; empty: the run's
  Resume resume = Resume::kAuto;
};

// Writes requests and plan; returns the number of requests.
std::size_t export_judge(const JudgeJob& job);

// Reads answers to the plan in `folder` (the run's, or --out); writes judge.json and judge.md there. `answers` empty:
// judge_answers.jsonl. Throws Error{kData} if there is no plan, if answers belong to another plan, or if predictions
// changed since the export.
JudgeResult import_judge(const std::filesystem::path& run, const std::filesystem::path& folder,
                         const std::filesystem::path& answers);

struct JudgeRunOutcome {
  JudgeRunCounts counts;
  JudgeResult result;
};

JudgeRunOutcome run_judge(const JudgeJob& job, const JudgeEndpoint& endpoint, ProgressStyle progress);

}  // namespace llama32med
