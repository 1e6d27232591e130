// Writes a whole Hugging Face folder with random weights: config.json, generation_config.json,
// preprocessor_config.json, chat_template.json, special_tokens_map.json, tokenizer_config.json, tokenizer.model,
// tokenizer.json (not for a sentencepiece tokenizer), and the weights, one file or shards with an index. The same bytes
// on every machine.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/weights/random_weights.h"

namespace llama32med {

// tiny and small: the checkpoints of scripts/reference/make_checkpoint.py, byte for byte. bench: width and depth scaled
// down, 560-pixel tiles and the whole vocabulary kept (186 M parameters). 11b: the released sizes.
enum class Preset { kTiny, kSmall, kBench, k11b };
constexpr auto names_of(Preset) {
  return std::array{Named{"tiny", Preset::kTiny}, Named{"small", Preset::kSmall}, Named{"bench", Preset::kBench},
                    Named{"11b", Preset::k11b}};
}

// A tokenizer as plain values. Ids: ordinary tokens, then the 256 special tokens of Llama 3, then <|image|>.
enum class TokenizerKind { kRanks, kSentencePiece };
struct TokenizerBytes {
  TokenizerKind kind = TokenizerKind::kRanks;
  std::string model;                 // what tokenizer.model will hold: tiktoken ranks or a sentencepiece model
  std::int64_t ordinary_tokens = 0;  // pieces or ranks
};

// 256 single bytes, id = byte.
TokenizerBytes byte_tokenizer();

struct InitOptions {
  Preset preset = Preset::kTiny;
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
// of a given config.json), Error{kResource} when the disk is full. Weight and tokenizer files that are there already
// are replaced.
InitReport write_random_checkpoint(const std::filesystem::path& folder, const InitOptions& options);

// The config.json a preset gets with a tokenizer of that many ordinary tokens (released: 128000).
std::string preset_config(Preset preset, std::int64_t ordinary_tokens);

}  // namespace llama32med
