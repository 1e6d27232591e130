// Which files a data file may name: those below its own folder, and below other folders that the user allows.
//
// A dataset or a predictions file that somebody else made must not choose which files of this machine are read, hashed
// into results and embedded in reports.
#pragma once
#include <filesystem>
#include <vector>

namespace llama32med {

class AllowedFolders {
 public:
  enum class Verdict {
    kInside,
    kPathLeaves,  // as it is written: "../x.png", "/x.png"
    kLinkLeaves,  // once links are followed
  };

  // Each of them may itself be a link.
  explicit AllowedFolders(const std::filesystem::path& folder, const std::vector<std::filesystem::path>& others = {});

  // Does not look at a file whose path leaves. Throws as canonical_path() does (core/file_system.h).
  Verdict verdict(const std::filesystem::path& file) const;

 private:
  std::vector<std::filesystem::path> written_, real_;  // absolute; real_ without links
};

}  // namespace llama32med
