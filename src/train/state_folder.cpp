#include "llama32med/train/state_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "llama32med/core/files.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "step-";
constexpr const char* kUnfinished = ".unfinished";

std::vector<fs::path> states_in(const fs::path& folder) {  // oldest first
  std::vector<fs::path> states;
  if (!fs::is_directory(folder)) return states;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (entry.is_directory() && name.starts_with(kPrefix)) states.push_back(entry.path());
  }
  std::sort(states.begin(), states.end());  // numbers are padded with zeros
  return states;
}

}  // namespace

StateFolder::StateFolder(fs::path folder, std::int64_t keep_last) : folder_(std::move(folder)), keep_last_(keep_last) {}

std::optional<fs::path> StateFolder::latest() const {
  const auto states = states_in(folder_);
  return states.empty() ? std::nullopt : std::optional(states.back());
}

void StateFolder::save(std::int64_t step, const std::function<void(const fs::path&)>& write) const {
  const auto unfinished = folder_ / kUnfinished;
  fs::remove_all(unfinished);
  try {
    make_folder(unfinished);
    write(unfinished);
    place_folder(unfinished, folder_ / fmt::format("{}{:09}", kPrefix, step));
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(unfinished, ignored);  // its room may be what is missing
    throw;
  }
  const auto states = states_in(folder_);
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep_last_) < states.size(); ++i) fs::remove_all(states[i]);
}

void StateFolder::clear() const { fs::remove_all(folder_); }

}  // namespace llama32med
