// A model without its values, to check a folder or list its layers before any time is spent.
#pragma once
#include <filesystem>
#include <memory>

#include "llama32med/models/backbone.h"
#include "llama32med/weights/checkpoint.h"

namespace llama32med {

// The model of a folder with every value of `checkpoint` a shared zero, which takes no memory; adapters that `linears`
// chooses are real. Throws Error{kData} if the folder does not match its config.json.
std::unique_ptr<Backbone> load_without_values(const Checkpoint& checkpoint, const std::filesystem::path& folder,
                                              const LinearChooser& linears);

}  // namespace llama32med
