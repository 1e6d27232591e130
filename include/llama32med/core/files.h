// Files: whole reads, atomic writes, memory maps. Errors name the path and the reason.
#pragma once
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace llama32med {

std::string read_file(const std::filesystem::path& path);

// Writes beside `path`, flushes to disk, renames: a reader sees either the old bytes or the new ones. Creates the
// folder. Throws Error{kResource} if the disk is full or the folder is not writable; the old file is then untouched.
void write_file(const std::filesystem::path& path, std::string_view bytes);

void make_folder(const std::filesystem::path& path);

// Where a file or folder is made before it takes its place: beside it, so that a rename is enough.
std::filesystem::path draft_of(const std::filesystem::path& path);

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

// Appends whole lines, one system call each: a killed program loses at most the line being written.
class LineWriter {
 public:
  explicit LineWriter(const std::filesystem::path& path);  // creates the file, or appends to it
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  void write(std::string line);  // adds the newline

 private:
  std::filesystem::path path_;
  int file_ = -1;
};

// `path` relative to `folder`, if it is below it as the two are written: links are not followed.
std::optional<std::filesystem::path> relative_below(const std::filesystem::path& path,
                                                    const std::filesystem::path& folder);

// The last component of a folder's path, however it is written ("runs/a/", "."): the name of a run in reports.
std::string folder_name(const std::filesystem::path& folder);

}  // namespace llama32med
