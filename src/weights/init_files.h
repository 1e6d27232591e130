// The small files of a Hugging Face folder beside the weights.
#pragma once
#include <map>
#include <string>

#include "llama32med/core/config_json.h"
#include "llama32med/weights/init_folder.h"

namespace llama32med {

inline constexpr std::int64_t kSpecialTokens = 256;  // of Llama 3, without <|image|>

// config.json of these sizes and token ids. `heads` are the vision tower's.
struct ConfigValues {
  ModelShape shape;
  std::int64_t vision_heads = 1;
  std::vector<std::int64_t> intermediate_layers;
  std::string dtype;  // "float32", "bfloat16", "float16"
};
Json make_config(const ConfigValues& values);

// File name -> bytes: generation_config, preprocessor_config, chat_template, special_tokens_map, tokenizer_config and,
// with a tokenizer, tokenizer.model and (for ranks) tokenizer.json. Token ids are taken from `config`.
std::map<std::string, std::string> make_side_files(const Json& config, const std::optional<TokenizerBytes>& tokenizer);

// tokenizer.json of a rank file: the vocabulary, and the merges that rebuild every token. Throws Error{kData} for a
// line that is not "base64 rank".
Json make_tokenizer_json(const std::string& ranks, const Json& added_tokens, std::int64_t first_special);

}  // namespace llama32med
