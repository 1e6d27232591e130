#include "llama32med/data/allowed_folders.h"

#include <algorithm>

#include "llama32med/core/file_system.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

bool is_below_any(const fs::path& file, const std::vector<fs::path>& folders) {
  return std::ranges::any_of(folders, [&](const fs::path& folder) { return relative_below(file, folder).has_value(); });
}

}  // namespace

AllowedFolders::AllowedFolders(const fs::path& folder, const std::vector<fs::path>& others) : written_{folder} {
  written_.insert(written_.end(), others.begin(), others.end());
  for (auto& allowed : written_) {
    allowed = absolute_path(allowed.empty() ? "." : allowed);
    real_.push_back(canonical_path(allowed));
  }
}

AllowedFolders::Verdict AllowedFolders::verdict(const fs::path& file) const {
  if (!is_below_any(file, written_) && !is_below_any(file, real_)) return Verdict::kPathLeaves;
  return is_below_any(canonical_path(file), real_) ? Verdict::kInside : Verdict::kLinkLeaves;
}

}  // namespace llama32med
