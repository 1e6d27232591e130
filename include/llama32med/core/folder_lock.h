// One process per output folder: a lock on FOLDER/.lock, which the system releases when its process ends, however it
// ends.
//
// flock(2); on NFS it becomes a byte-range lock of the server. Where a file system has no locks, held() is false.
#pragma once
#include <filesystem>

namespace llama32med {

class FolderLock {
 public:
  // Creates the folder. Throws Error{kUsage} that names process, host and start time of the owner if there is another.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();  // removes the file
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  bool held() const { return held_; }

 private:
  std::filesystem::path path_;
  int file_ = -1;
  bool held_ = false;
};

}  // namespace llama32med
