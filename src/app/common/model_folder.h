// Writes a model as a Hugging Face folder: parameters of a store, with names, shapes and dtypes of the folder the model
// was loaded from, and that folder's other files.
#pragma once
#include <filesystem>

#include "llama32med/nn/parameter_store.h"

namespace llama32med {

// Copies the files that hold no weights: config.json, tokenizer and others. Creates `out`.
void copy_side_files(const std::filesystem::path& out, const std::filesystem::path& source);

void write_model_folder(const std::filesystem::path& out, const std::filesystem::path& source,
                        const ParameterStore& store, const ParameterValue& value);

}  // namespace llama32med
