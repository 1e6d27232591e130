// One process per output folder: a lock on a file, which the system releases when its process ends, however it ends.
//
// flock(2); on NFS it becomes a byte-range lock of the server. Where a file system has no locks, held() is false.
#pragma once
#include <filesystem>

namespace llama32med {

enum class LockPlace {
  kInside,  // FOLDER/.lock: results are written into the folder one after the other
  kBeside,  // FOLDER.lock: the folder appears whole, by a rename
};

class FolderLock {
 public:
  // Creates the folder (kBeside: the one above). Throws Error{kUsage} that names process, host and start time of the
  // owner if there is another, Error{kResource} where the file cannot be created.
  explicit FolderLock(const std::filesystem::path& folder, LockPlace place = LockPlace::kInside);
  ~FolderLock();  // removes the file, and the folder if nothing was written into it
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  bool held() const { return held_; }
  // The file was there before: the last owner was killed.
  bool follows_killed() const { return follows_killed_; }

 private:
  std::filesystem::path folder_, path_;
  int file_ = -1;
  bool held_ = false, made_folder_ = false, follows_killed_ = false;
};

}  // namespace llama32med
