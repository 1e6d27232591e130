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
struct TokenizerBytes {
  std::string model;  // what tokenizer.model will hold: tiktoken ranks or a sentencepiece model
  std::int64_t ordinary_tokens = 0;
};

// 256 single bytes, id = byte.
TokenizerBytes byte_tokenizer();

struct InitOptions {
  Preset preset = Preset::kTiny;
  std::optional<std::filesystem::path> model_config;  // a config.json, instead of the preset
  std::optional<TokenizerBytes> tokenizer;            // absent: bytes where the vocabulary is 512, else an error
  std::optional<std::uint64_t> seed;                  // absent: the preset's
  std::optional<at::ScalarType> dtype;                // kFloat, kBFloat16 or kHalf; absent: the preset's
  std::optional<std::int64_t> shards;                 // absent: the preset's
  PaddedSlots padded_slots = PaddedSlots::kZero;
};

// Throws Error{kUsage} for options that do not go together (a tokenizer larger than the vocabulary), Error{kResource}
// when the disk is full. Files that are there already are replaced.
void write_random_checkpoint(const std::filesystem::path& folder, const InitOptions& options);

// The config.json a preset gets with a tokenizer of that many ordinary tokens (released: 128000).
std::string preset_config(Preset preset, std::int64_t ordinary_tokens);

}  // namespace llama32med
