// A model as a plain Hugging Face folder: the tensors of a store with the names, shapes and dtypes of the folder it was
// loaded from, and that folder's other files.
#pragma once
#include <filesystem>

#include "llama32med/nn/parameter_store.h"

namespace llama32med {

// The folder's files that hold no weights: config.json, tokenizer and others. Makes `out`.
void copy_side_files(const std::filesystem::path& out, const std::filesystem::path& source);

void write_model_folder(const std::filesystem::path& out, const std::filesystem::path& source,
                        const ParameterStore& store, const ParameterValue& value);

}  // namespace llama32med
