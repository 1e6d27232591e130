// Whether an adapter folder and a model fit together completely, checked after the model was built with the adapter.
#pragma once
#include <set>
#include <string>

#include "llama32med/nn/parameter_store.h"
#include "llama32med/peft/adapter_folder.h"

namespace llama32med {

// Every tensor in the folder must be used by the model. Throws Error{kData} naming the first one that is not.
void refuse_unused(const AdapterFolder& folder, const ParameterStore& store);

// Everything that the adapter's config promises must be in its file: an adapter for each of the model's `linears` (hub
// names) that target_modules, exclude_modules and layers_to_transform select by PEFT's rules
// (check_target_module_exists), and every tensor of modules_to_save. Otherwise an adapter that lost a part would run as
// a different model. Throws Error{kData} with the number of missing parts and the first names.
void refuse_missing(const AdapterFolder& folder, const std::set<std::string>& linears, const ParameterStore& store);

}  // namespace llama32med
