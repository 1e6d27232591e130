// Writes a complete Hugging Face folder with random weights: config.json, the other small files that the backbone needs
// (generation_config.json, preprocessor_config.json, tokenizer files, ..), and the weights, either in one file or in
// shards with an index. Writes the same bytes on every machine.
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
  std::optional<std::filesystem::path> model_config = {};  // config.json to copy and use instead of the preset
  // If absent: a byte tokenizer if the vocabulary has 256 + 256 tokens, else no tokenizer files.
  std::optional<TokenizerBytes> tokenizer = {};
  // If absent: the values of the preset; with model_config: seed 0, the config's dtype, one file, WeightRule::kVaried.
  std::optional<std::uint64_t> seed = {};
  std::optional<at::ScalarType> dtype = {};  // kFloat, kBFloat16 or kHalf
  std::optional<std::int64_t> shards = {};
  std::optional<WeightRule> rule = {};
  PaddedSlots padded_slots = PaddedSlots::kZero;
};

struct InitReport {
  std::int64_t tensors = 0, parameters = 0, bytes = 0;
  std::vector<std::string> files;  // names of the files, in the order written
};

// Throws Error{kUsage} for options that contradict each other (bench and 11b need a tokenizer; a tokenizer must match
// the vocabulary of a given config.json), Error{kData} for an invalid config.json, Error{kResource} if the disk is
// full. Weight and tokenizer files that are there already are replaced.
InitReport write_random_checkpoint(const std::filesystem::path& folder, const InitOptions& options);

}  // namespace llama32med
