// Asks a judge over an OpenAI-compatible endpoint (POST {base_url}/chat/completions), several requests at a time.
//
// Each answer is appended to `answers` as it comes, in the form that read_judge_answers takes; ids that have an answer
// there are not asked again, so a stopped run goes on. Servers that are busy (429), fail (5xx), cannot be reached or
// are too slow are asked again with growing pauses (Retry-After wins); other refusals (401, 400) end that request, and
// the run where it is about the key. An answer without a score is asked again up to `reasks` times.
//
// The key comes from an environment variable, goes into one header, and nowhere else. Throws Error{kUsage}: no such
// variable; Error{kResource}: the server cannot be reached at all or refuses the key; Error{kStopped}: by a signal.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/app/progress.h"
#include "llama32med/core/json_fwd.h"
#include "llama32med/eval/judge.h"

namespace llama32med {

struct JudgeEndpoint {
  std::string base_url;                               // "https://host/v1"
  std::string key_variable = "LLAMA32MED_JUDGE_KEY";  // name of the environment variable; "" for a server without keys
  std::int64_t concurrency = 4;
  std::int64_t retries = 5;  // of one request
  std::int64_t reasks = 2;   // of one unparsed answer
  double timeout_seconds = 120;
  double first_pause_seconds = 1;  // doubles with each retry
};

struct JudgeRunOutcome {
  std::size_t asked = 0, already = 0, unparsed = 0, failed = 0, retries = 0;
};

JudgeRunOutcome run_judge(const std::vector<Json>& requests, const JudgeEndpoint& endpoint, JudgeTask task,
                          const std::filesystem::path& answers, ProgressStyle progress);

}  // namespace llama32med
