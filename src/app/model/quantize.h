// `llama32med quantize`: a model folder with its linears in NF4, which this program, and transformers with
// bitsandbytes, load as it is. Weight by weight: one dense weight and what becomes of it are in memory, never the
// model. The folder appears whole; an interrupted run leaves OUT.partial, which the next one begins anew.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/common/progress.h"
#include "llama32med/models/backbone.h"
#include "llama32med/nn/quantize_config.h"

namespace llama32med {

struct QuantizationRequest {
  std::filesystem::path model, out;
  QuantizeConfig quantize = {.weights = Quantize::kNf4};
  std::int64_t shard_bytes = 5'000'000'000;  // a file of weights holds no more, but for one weight larger than this
  ProgressStyle progress = ProgressStyle::kAuto;
};

struct QuantizationReport {
  std::int64_t quantized = 0, kept = 0;  // weights in 4 bits, tensors as they were
  std::int64_t bytes_before = 0, bytes_after = 0;
  std::vector<std::string> files;  // of weights
};

// Throws Error{kUsage} where OUT is there already, Error{kData} for a folder that is quantized, does not match its
// config.json or holds weights that are not finite, Error{kResource} when the disk is full.
QuantizationReport quantize(const QuantizationRequest& request);

}  // namespace llama32med
