// A model as a plain Hugging Face folder: the tensors of a store in the names, shapes and dtypes of the folder it was
// loaded from, and that folder's other files.
#pragma once
#include <filesystem>

#include "llama32med/nn/parameter_store.h"

namespace llama32med {

void write_model_folder(const std::filesystem::path& out, const std::filesystem::path& source,
                        const ParameterStore& store);

}  // namespace llama32med
