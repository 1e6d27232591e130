// Writes a whole Hugging Face folder with random weights: config.json, what the kind of model wants beside it
// (generation_config.json, preprocessor_config.json, tokenizer files, ..), and the weights, one file or shards with an
// index. The same bytes on every machine.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "llama32med/weights/random_weights.h"
#include "llama32med/weights/tokenizer_json.h"

namespace llama32med {

struct InitOptions {
  std::string preset = "tiny";                             // see backbone_kind.h
  std::optional<std::filesystem::path> model_config = {};  // a config.json, instead of the preset; copied
  // Absent: bytes where the vocabulary is 256 + 256, else no tokenizer files.
  std::optional<TokenizerBytes> tokenizer = {};
  // Absent: what the preset says; for a config.json seed 0, its own dtype, one file, WeightRule::kVaried.
  std::optional<std::uint64_t> seed = {};
  std::optional<at::ScalarType> dtype = {};  // kFloat, kBFloat16 or kHalf
  std::optional<std::int64_t> shards = {};
  std::optional<WeightRule> rule = {};
  PaddedSlots padded_slots = PaddedSlots::kZero;
};

struct InitReport {
  std::int64_t tensors = 0, parameters = 0, bytes = 0;
  std::vector<std::string> files;  // in the folder, in the order written
};

// Throws Error{kUsage} for options that do not go together (bench and 11b need a tokenizer; it must fit the vocabulary
// of a given config.json), Error{kData} for a config.json that describes no model, Error{kResource} when the disk
// is full. Weight and tokenizer files that are there already are replaced.
InitReport write_random_checkpoint(const std::filesystem::path& folder, const InitOptions& options);

}  // namespace llama32med
