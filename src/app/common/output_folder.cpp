#include "app/common/output_folder.h"

#include <spdlog/spdlog.h>

#include "llama32med/core/error.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

// A draft is what a killed run left, or somebody else's folder.
fs::path accepted(const fs::path& out, const FolderLock& lock, const OutputOwner& owner) {
  refuse_foreign_output(out, owner);
  if (!lock.follows_killed()) refuse_foreign_output(draft_of(out), owner);
  return out;
}

}  // namespace

std::unique_ptr<FolderLock> lock_folder(const fs::path& folder, LockPlace place) {
  auto lock = std::make_unique<FolderLock>(folder, place);
  if (!lock->held())
    spdlog::warn("{}: this file system has no locks; do not start another run in this folder", folder.string());
  return lock;
}

OutputOwner owner_by_mark(const std::string& command, const std::string& mark) {
  return {command, [mark](const fs::path& folder) { return is_there(folder / mark); }};
}

void refuse_foreign_output(const fs::path& out, const OutputOwner& owner) {
  if (!is_there(out)) return;
  if (!is_folder(out)) throw usage_error("--out {}: is a file; choose another folder", out.string());
  if (is_empty_folder(out) || (owner.wrote && owner.wrote(out))) return;
  throw usage_error("--out {}: already exists and holds files that {} did not write; {}", out.string(), owner.command,
                    owner.advice);
}

OutputFolder::OutputFolder(const fs::path& out, const OutputOwner& owner)
    : lock_(lock_folder(out, LockPlace::kBeside)), draft_(accepted(out, *lock_, owner)) {}

void OutputFolder::place() {
  try {
    draft_.place();
  } catch (...) {
    remove_leftovers(draft_.folder());
    throw;
  }
}

}  // namespace llama32med
