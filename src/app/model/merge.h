// `llama32med merge`: a model folder with an adapter folded into its weights, which any program reads as a plain one.
//
// Weights are streamed file by file in the layout they have: names, files and index stay, W + scale B A is computed in
// fp32 and rounded once. Then wrapped and merged model answer one drawn batch, and their logits are compared. Work is
// done in OUT.partial, which becomes OUT at the end; merge.json in it says what was merged and how close it is.
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
  std::optional<at::ScalarType> dtype;  // of the weights on disk; absent: as they are
  RuntimeConfig runtime;                // where the comparison is computed
  ProgressStyle progress = ProgressStyle::kAuto;
};

struct MergeOutcome {
  std::size_t modules = 0, saved_tensors = 0;  // adapters folded in, tensors replaced
  std::int64_t bytes = 0;                      // of the weights written
  at::ScalarType dtype = at::kFloat;           // of most of them
  double largest_difference = 0, tolerance = 0, largest_logit = 0;
};

// Throws Error{kUsage} where OUT holds anything that merge did not write, Error{kData} for a 4-bit base, an adapter of
// another model, and where merged and wrapped model differ by more than the tolerance; nothing is left then.
MergeOutcome merge(const MergeRequest& request);

Json merge_outcome_json(const MergeOutcome& outcome);

}  // namespace llama32med
