// Makes a plan (memory_plan.h) from a config: reads the sizes of the data and the model's config, but never its
// weights.
#pragma once
#include <filesystem>
#include <vector>

#include "app/plan/memory_plan.h"
#include "llama32med/data/sample_encoder.h"

namespace llama32med {

StepSize largest_step(const std::vector<Record>& records, const StageConfig& stage, const SampleEncoder& encoder);

PlanRequest plan_request(const RunConfig& config, const StageConfig& stage, const std::vector<Record>& records,
                         const std::filesystem::path& model);

std::int64_t available_memory(const at::Device& device);  // bytes this process can use, including those it already uses

// Throws an Error{kResource} that names the settings that would make it fit.
void refuse_too_large(const PlanRequest& request, int stage);

}  // namespace llama32med
