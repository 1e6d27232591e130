// Finds the folder that a user named by another name.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace llama32med {

// The folder of a model or an adapter that is given by its id on the Hugging Face hub, "organization/name": the
// snapshot in the hub's local cache that refs/main points to, or the only snapshot. The cache is HF_HUB_CACHE, else
// HF_HOME/hub, else ~/.cache/huggingface/hub (https://huggingface.co/docs/huggingface_hub/guides/manage-cache). Nothing
// is downloaded.
//
// Returns the path unchanged if it exists, cannot be an id, or is not in the cache.
std::filesystem::path find_hub_folder(const std::filesystem::path& named);

// For the error about a path that does not exist: the download command, if the path may be an id. Else "".
std::string hub_advice(const std::filesystem::path& absent);

// The name of a model for people: its id on the hub if the folder is a snapshot in the cache, else the folder's name.
std::string model_label(const std::filesystem::path& folder);

// The first subfolder, by name, that has a file called `file`: the folder that the user probably meant.
std::optional<std::filesystem::path> subfolder_with(const std::filesystem::path& folder, const std::string& file);

}  // namespace llama32med
