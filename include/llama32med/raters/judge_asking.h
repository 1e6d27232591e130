// Sends a judge's requests to a live endpoint until each has an answer in a file.
//
// Uses POST {base_url}/chat/completions with several requests at a time. Ids with an answer in judge_answers.jsonl are
// not asked again, so a stopped run is resumed. Requests are retried with growing pauses (or Retry-After) if the server
// is busy (429), fails (5xx), times out, drops the connection or returns something else; an answer without a score is
// asked again up to `reasks` times. Final failures are recorded as errors.
//
// The key is read from an environment variable, goes into one header and nowhere else: it is removed from everything
// that is printed or written. It does not travel over plain http to another machine, nor through a proxy that the
// environment names, unless that is allowed. Throws Error{kUsage} for a missing variable, a forbidden way, or a wrong
// key, URL or model (401, 403, 404), Error{kResource} if the server cannot be reached or asks to wait too long,
// Error{kStopped} on a signal.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/raters/judge.h"

namespace llama32med {

enum class KeyPath { kRefused, kAllowed };

struct JudgeEndpoint {
  std::string base_url;                               // "https://host/v1"
  std::string key_variable = "LLAMA32MED_JUDGE_KEY";  // environment variable with the key; "" for servers without keys
  std::int64_t concurrency = 4;
  std::int64_t retries = 5;  // per request
  std::int64_t reasks = 2;   // per answer without a score
  double timeout_seconds = 120;
  double first_pause_seconds = 1;     // doubled on each retry, up to a minute
  double longest_wait_seconds = 600;  // for all pauses together in which nothing else could be asked
  KeyPath key_over_http = KeyPath::kRefused, key_through_proxy = KeyPath::kRefused;
};

struct JudgeRunCounts {
  std::size_t requests = 0, already = 0, failed = 0, retries = 0, reasks = 0;
  std::size_t done = 0;        // finished requests, including those of earlier runs
  double waiting_seconds = 0;  // what is left of a pause in which nothing can be asked; 0: not waiting
  std::string first_failure;   // why the first request that failed did; "" if none failed
};

// Called several times per second and once at the end; may throw to stop.
using OnJudgeProgress = std::function<void(const JudgeRunCounts&)>;

JudgeRunCounts ask_judge(const std::vector<Json>& requests, const JudgeEndpoint& endpoint, JudgeTask task,
                         const std::filesystem::path& answers, const OnJudgeProgress& on_progress);

}  // namespace llama32med
