// Makes a plan (memory_plan.h) from a config: reads the sizes of the data and the model's config, but never its
// weights.
#pragma once
#include <filesystem>
#include <vector>

#include "app/plan/memory_plan.h"
#include "llama32med/data/sample_encoder.h"

namespace llama32med {

struct LargestSteps {
  StepSize as_configured, by_question;  // by_question: with train.questions_per_pass=1
};
LargestSteps largest_steps(const std::vector<Record>& records, const StageConfig& stage, const SampleEncoder& encoder);

// What is planned: a stage of a config, on a device.
struct PlannedStage {
  const RunConfig& config;
  int number = 1;
  const StageConfig& stage;
  at::TensorOptions target;
};
PlanRequest plan_request(const PlannedStage& planned, const std::vector<Record>& records,
                         const std::filesystem::path& model);

// A GPU that may not be here, with its compute type; or the CPU if the config says so.
at::TensorOptions planned_target(const RuntimeConfig& runtime);

std::int64_t available_memory(const at::Device& device);  // bytes this process can use, including those it already uses

// Throws an Error{kResource} that names the settings that would make it fit into `available` bytes.
void refuse_too_large(const PlanRequest& request, std::int64_t available);

}  // namespace llama32med
