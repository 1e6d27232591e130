// `llama32med quantize`: writes a model folder with its linear layers in NF4, which this program and transformers with
// bitsandbytes load directly. Works weight by weight: the model is never in memory as a whole. OUT appears only when it
// is complete (app/common/output_folder.h). quantize.json in it says what was quantized and how.
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
  std::int64_t shard_bytes = 5'000'000'000;  // maximum size of a weight file, unless a single weight is larger
  ProgressStyle progress = ProgressStyle::kAuto;
};

struct QuantizationReport {
  std::int64_t quantized = 0, kept = 0;  // weights in 4 bits, tensors unchanged
  std::int64_t bytes_before = 0, bytes_after = 0;
  std::vector<std::string> files;  // weight files
};

// Throws Error{kUsage} if OUT exists and is not the result of the same request, Error{kData} for a folder that is
// already quantized, does not match its config.json or holds non-finite weights, Error{kResource} if the disk is full.
QuantizationReport quantize(const QuantizationRequest& request);

}  // namespace llama32med
