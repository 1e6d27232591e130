#include "llama32med/weights/folders.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string_view>

#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

bool is_id_part(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !text.empty() && text.front() != '.' && std::ranges::all_of(text, allowed);
}

bool is_hub_id(const std::string& text) {
  const auto slash = text.find('/');
  return slash != text.npos && is_id_part(std::string_view(text).substr(0, slash)) &&
         is_id_part(std::string_view(text).substr(slash + 1));
}

// The environment variables that move the cache, in the order in which huggingface_hub looks at them.
struct CacheVariable {
  const char* name;
  const char* below;  // the cache below the folder that the variable names
};
constexpr CacheVariable kCacheVariables[] = {{"HF_HUB_CACHE", ""},
                                             {"HUGGINGFACE_HUB_CACHE", ""},
                                             {"HF_HOME", "hub"},
                                             {"XDG_CACHE_HOME", "huggingface/hub"},
                                             {"HOME", ".cache/huggingface/hub"}};

fs::path hub_cache() {
  for (const auto& [name, below] : kCacheVariables)
    if (const char* value = std::getenv(name); value && *value) return fs::path(value) / below;
  return ".cache/huggingface/hub";
}

// Without those that this user may not enter, such as lost+found.
std::vector<fs::path> subfolders(const fs::path& folder) {
  if (!is_folder(folder)) return {};
  auto found = entries_of(folder);
  std::erase_if(found, [](const fs::path& entry) { return !is_folder(entry) || !may_be_read(entry); });
  return found;
}

std::optional<fs::path> snapshot_of(const fs::path& repository) {
  const auto snapshots = repository / "snapshots", main = repository / "refs/main";
  if (is_file(main)) {
    const auto commit = fs::path(std::string(trim(read_file(main)))).filename();
    if (!commit.empty() && is_folder(snapshots / commit)) return snapshots / commit;
  }
  const auto all = subfolders(snapshots);
  return all.size() == 1 ? std::optional(all.front()) : std::nullopt;
}

}  // namespace

fs::path find_hub_folder(const fs::path& named) {
  if (!is_hub_id(named.string()) || is_there(named)) return named;
  return snapshot_of(hub_cache() / fmt::format("models--{}", replaced(named.string(), "/", "--"))).value_or(named);
}

std::string hub_advice(const fs::path& absent) {
  const auto id = absent.string();
  if (!is_hub_id(id) || is_there(absent.parent_path())) return "";
  return fmt::format(
      "; as an id on the Hugging Face hub it is not in the cache {}: download it with \"hf download {}\"",
      hub_cache().string(), id);
}

std::string model_label(const fs::path& folder) {
  const auto snapshots = folder.parent_path();
  const auto repository = snapshots.parent_path().filename().string();
  constexpr std::string_view kModels = "models--";
  if (snapshots.filename() != "snapshots" || !repository.starts_with(kModels)) return folder_name(folder);
  const auto id = repository.substr(kModels.size());
  const auto dashes = id.find("--");
  return dashes == id.npos ? id : fmt::format("{}/{}", id.substr(0, dashes), id.substr(dashes + 2));
}

std::optional<fs::path> subfolder_with(const fs::path& folder, const std::string& file) {
  for (const auto& inner : subfolders(folder))
    if (is_file(inner / file)) return inner;
  return std::nullopt;
}

}  // namespace llama32med
