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

// A program that was killed while it replaced a state leaves the earlier one beside the place (FolderDraft::place).
void restore_all_replaced(const fs::path& folder) {
  for (auto place : entries_of(folder)) {
    if (place.extension() != ".replaced") continue;
    restore_replaced(place.replace_extension());
  }
}

std::vector<fs::path> states_in(const fs::path& folder) {  // oldest first
  std::vector<fs::path> states;
  if (!is_folder(folder)) return states;
  restore_all_replaced(folder);
  for (const auto& entry : entries_of(folder))  // sorted by name; step numbers are zero-padded
    if (is_state(entry.filename().string()) && is_folder(entry)) states.push_back(entry);
  return states;
}

void remove_drafts(const fs::path& folder) {
  if (!is_folder(folder)) return;
  for (const auto& entry : entries_of(folder))
    if (entry.extension() == ".draft" || entry.extension() == ".replaced") remove_tree(entry);
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
  if (is_folder(folder_)) restore_all_replaced(folder_);
  remove_drafts(folder_);  // left by killed programs, for any step
  FolderDraft draft(folder_ / fmt::format("{}{:09}", kPrefix, step));
  write(draft.folder());
  draft.place();
  const auto states = states_in(folder_);
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep_last_) < states.size(); ++i) remove_tree(states[i]);
}

void StateFolder::clear() const { remove_tree(folder_); }

}  // namespace llama32med
