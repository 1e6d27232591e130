// The bytes of files: whole reads, atomic writes, memory maps. Errors name the path and the reason.
//
// What is read must be a regular file: a folder, a device, a named pipe or a socket is refused by name, without waiting
// for it. Errors are those of core/file_system.h: kData for a path that names nothing usable, kResource where the
// machine fails. What is written has the permissions that the umask leaves.
#pragma once
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "llama32med/core/file_system.h"

namespace llama32med {

std::string read_file(const std::filesystem::path& path);

// Passes the bytes on in parts of at most 1 MiB, for files of any size.
void read_in_parts(const std::filesystem::path& path, const std::function<void(std::string_view)>& take);

// A file in which the kernel describes the machine (/proc, /sys); "" if it cannot be read. Such facts decide how fast a
// run is or whether it fits, never what comes out of it, so that no failure here is worth ending a run.
std::string kernel_text(const std::filesystem::path& path);

enum class Durability {
  kFlushed,  // on the disk when the call returns, with its name
  kSystem,   // when the system writes it: for thousands of small files that can be made again
};

// A reader sees either the old bytes or the new ones (FileDraft). Creates the folder.
void write_file(const std::filesystem::path& path, std::string_view bytes,
                Durability durability = Durability::kFlushed);

// All files below `from` to the same places below `to`, which appears whole or not at all (FolderDraft).
void copy_folder(const std::filesystem::path& from, const std::filesystem::path& to);

// Where a file or folder is made before it takes its place: beside it, so that a rename is enough.
std::filesystem::path draft_of(const std::filesystem::path& path);

// A file that appears whole or not at all. It is written as draft_of(path), never through a link of that name; place()
// gives it its name; without that it is removed, and an earlier file stays. Throws Error{kResource} if the disk is full
// or the folder is not writable.
class FileDraft {
 public:
  explicit FileDraft(std::filesystem::path path);  // creates the folder
  ~FileDraft();
  FileDraft(const FileDraft&) = delete;
  FileDraft& operator=(const FileDraft&) = delete;

  void write(std::string_view bytes);  // parts of less than 1 MiB are collected: thousands of tensors are small
  void place(Durability durability = Durability::kFlushed);

 private:
  void pass_on();  // what was collected, to the system

  std::filesystem::path path_, draft_;
  std::string waiting_;
  int file_ = -1;
  bool placed_ = false;
};

// A folder that appears whole or not at all. It is made as draft_of(path), without what a killed program left there;
// place() gives it its name; without that it is removed. Throws Error{kResource} where the folder cannot be made.
class FolderDraft {
 public:
  explicit FolderDraft(std::filesystem::path path);
  ~FolderDraft();
  FolderDraft(const FolderDraft&) = delete;
  FolderDraft& operator=(const FolderDraft&) = delete;

  const std::filesystem::path& folder() const { return draft_; }  // to be filled
  // Flushed to the disk. An earlier folder of that name is exchanged in one step where the file system can, then
  // removed. Throws Error{kResource}; the draft then stays.
  void place();

 private:
  void replace_without_exchange() const;

  std::filesystem::path path_, draft_;
  bool placed_ = false;
};

// A program that was killed between the two renames of FolderDraft::place() leaves the earlier folder beside its place;
// this gives it its name again.
void restore_replaced(const std::filesystem::path& path);

// A file mapped into memory, read only, shared with the page cache. Movable, not copyable.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  const std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }
  // Releases the pages of [begin, begin + count), which will not be needed again soon.
  void forget(std::size_t begin, std::size_t count) const;

 private:
  std::filesystem::path path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// Appends whole lines, one system call each: a killed program loses at most the line being written. A power failure
// loses at most the lines since the last sync(), which write() calls every five seconds and the destructor at the end.
// Only a destructor ignores that the disk refuses, so whoever ends well calls sync() first.
class LineWriter {
 public:
  explicit LineWriter(const std::filesystem::path& path);  // creates the file, or appends to it
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  void write(std::string line);  // adds the newline
  void sync();                   // flushes to the disk

 private:
  std::filesystem::path path_;
  int file_ = -1;
  std::chrono::steady_clock::time_point synced_ = std::chrono::steady_clock::now();
};

}  // namespace llama32med
