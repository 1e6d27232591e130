// The output folder of a command that writes it whole or not at all: merge, quantize, init, data phantoms.
//
// It is locked for as long as the command runs (OUT.lock) and made as OUT.draft, which takes the name OUT in one step.
// A killed command leaves both behind; the same command then starts over.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "llama32med/core/files.h"
#include "llama32med/core/folder_lock.h"

namespace llama32med {

// A lock as in folder_lock.h. Warns where the file system has no locks.
std::unique_ptr<FolderLock> lock_folder(const std::filesystem::path& folder, LockPlace place = LockPlace::kInside);

// Which command writes a folder, and how it recognizes an earlier result of its own, which it replaces as a whole.
// Without `wrote`, it replaces nothing.
struct OutputOwner {
  std::string command;
  std::function<bool(const std::filesystem::path&)> wrote = nullptr;
  std::string advice = "choose a new folder";  // ends the error
};

// The owner of folders that hold the file `mark`, which only its command writes.
OutputOwner owner_by_mark(const std::string& command, const std::string& mark);

// Throws Error{kUsage} if `out` is a file, or a folder with files that the command did not write.
void refuse_foreign_output(const std::filesystem::path& out, const OutputOwner& owner);

class OutputFolder {
 public:
  // Throws Error{kUsage} as above, for the draft too, and if another process writes `out`; Error{kResource} where the
  // folder cannot be made.
  OutputFolder(const std::filesystem::path& out, const OutputOwner& owner);

  const std::filesystem::path& folder() const { return draft_.folder(); }  // to be filled
  // Throws Error{kResource} where the folder cannot take its place; the draft is then removed, since the same command
  // makes it again.
  void place();

 private:
  std::unique_ptr<FolderLock> lock_;
  FolderDraft draft_;
};

}  // namespace llama32med
