// The live side of judging: sends requests to an endpoint until each has its answer in a file (app/judging.h).
#pragma once
#include <filesystem>
#include <vector>

#include "llama32med/app/judging.h"
#include "llama32med/core/json_fwd.h"

namespace llama32med {

JudgeRunCounts ask_judge(const std::vector<Json>& requests, const JudgeEndpoint& endpoint, JudgeTask task,
                         const std::filesystem::path& answers, ProgressStyle progress);

}  // namespace llama32med
