// The live side of a judge: sends requests to an endpoint until each has its answer in a file.
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
#include <functional>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/raters/judge.h"

namespace llama32med {

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
  std::size_t done = 0;  // requests that need nothing more, those of earlier runs included
};

// Called several times per second, and once at the end; may throw to stop.
using OnJudgeProgress = std::function<void(const JudgeRunCounts&)>;

JudgeRunCounts ask_judge(const std::vector<Json>& requests, const JudgeEndpoint& endpoint, JudgeTask task,
                         const std::filesystem::path& answers, const OnJudgeProgress& on_progress);

}  // namespace llama32med
