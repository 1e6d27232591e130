// The small files of a model folder other than config.json.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "llama32med/core/json_fwd.h"
#include "llama32med/weights/tokenizer_json.h"

namespace llama32med::mllama {

// File name -> bytes: generation_config, preprocessor_config, chat_template, special_tokens_map, tokenizer_config and,
// if there is a tokenizer, tokenizer.model and (for ranks) tokenizer.json. Token ids are taken from `config`.
std::map<std::string, std::string> make_side_files(const Json& config, const std::optional<TokenizerBytes>& tokenizer);

}  // namespace llama32med::mllama
