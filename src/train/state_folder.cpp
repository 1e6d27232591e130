#include "llama32med/train/state_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "llama32med/core/files.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "step-";

bool is_state(const std::string& name) {  // drafts of killed programs are not states
  return name.starts_with(kPrefix) && name.find_first_not_of("0123456789", kPrefix.size()) == name.npos;
}

std::vector<fs::path> states_in(const fs::path& folder) {  // oldest first
  std::vector<fs::path> states;
  if (!is_folder(folder)) return states;
  for (const auto& entry : entries_of(folder))  // sorted by name; step numbers are zero-padded
    if (is_state(entry.filename().string()) && is_folder(entry)) states.push_back(entry);
  return states;
}

}  // namespace

StateFolder::StateFolder(fs::path folder, std::int64_t keep_last) : folder_(std::move(folder)), keep_last_(keep_last) {}

std::optional<fs::path> StateFolder::latest() const {
  const auto states = states_in(folder_);
  return states.empty() ? std::nullopt : std::optional(states.back());
}

std::vector<fs::path> StateFolder::newest_first() const {
  auto states = states_in(folder_);
  std::reverse(states.begin(), states.end());
  return states;
}

void StateFolder::save(std::int64_t step, const std::function<void(const fs::path&)>& write) const {
  tidy();
  FolderDraft draft(folder_ / fmt::format("{}{:09}", kPrefix, step));
  write(draft.folder());
  draft.place();
  const auto states = states_in(folder_);
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep_last_) < states.size(); ++i) remove_tree(states[i]);
}

void StateFolder::tidy() const {
  if (!is_folder(folder_)) return;
  for (auto place : entries_of(folder_))
    if (place.extension() == ".replaced") restore_replaced(place.replace_extension());
  for (const auto& entry : entries_of(folder_))
    if (entry.extension() == ".draft" || entry.extension() == ".replaced") remove_tree(entry);
}

void StateFolder::clear() const { remove_tree(folder_); }

}  // namespace llama32med
