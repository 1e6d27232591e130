// The folder of a Hugging Face checkpoint that --model names, and the config of the model in it.
#pragma once
#include <filesystem>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

// Throws Error{kData} unless the folder has a config.json. The message says what the path is instead and what to do:
// Meta's original layout, a GGUF or other single file, an adapter, a folder above the right one.
void require_model_folder(const std::filesystem::path& folder);

// config.json, with the stop tokens that generation uses: its "eos_token_id" (in text_config, if there is one) together
// with that at the top level and that of generation_config.json. Base models and many fine-tuned folders list one stop
// token in config.json and all of them in generation_config.json, which is what transformers and vLLM read.
//
// Throws Error{kData} like require_model_folder(), and if a stop token of generation_config.json is not an id of the
// vocabulary.
Json read_model_config(const std::filesystem::path& folder);

}  // namespace llama32med
