// `llama32med merge`: merges an adapter into the weights of its model; any program reads the result as a plain model.
//
// Weights are streamed file by file, with unchanged names, files and index; W + scale B A is computed in fp32 and
// rounded once. Then the logits of the merged model are compared with those of model plus adapter on one random batch.
// Files are written to OUT.draft, which is renamed to OUT at the end; merge.json in it records what was merged and
// how close it is.
#pragma once
#include <c10/core/ScalarType.h>

#include <filesystem>
#include <optional>

#include "app/common/progress.h"
#include "app/common/run_config.h"
#include "llama32med/core/json_fwd.h"

namespace llama32med {

struct MergeRequest {
  ModelConfig model;
  std::filesystem::path out;
  std::optional<at::ScalarType> dtype;  // dtype of the weights written; absent: unchanged
  RuntimeConfig runtime;                // where the comparison is computed
  ProgressStyle progress = ProgressStyle::kAuto;
};

struct MergeOutcome {
  std::size_t modules = 0, saved_tensors = 0;  // adapters merged, tensors replaced
  std::int64_t bytes = 0;                      // size of the weights written
  at::ScalarType dtype = at::kFloat;           // dtype of most weights
  double largest_difference = 0, tolerance = 0, largest_logit = 0;
};

// Throws Error{kUsage} if OUT holds anything that merge did not write, Error{kData} for a 4-bit base model, for an
// adapter of another model, and if the logits differ by more than the tolerance (then OUT is not written).
MergeOutcome merge(const MergeRequest& request);

Json merge_outcome_json(const MergeOutcome& outcome);

}  // namespace llama32med
