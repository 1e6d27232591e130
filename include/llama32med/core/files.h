// Files: whole reads, atomic writes, memory maps. Errors name the path and the reason.
#pragma once
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace llama32med {

std::string read_file(const std::filesystem::path& path);

// Writes beside `path`, flushes to disk, renames: a reader sees either the old bytes or the new ones. Creates the
// folder. Throws Error{kResource} if the disk is full or the folder is not writable; the old file is then untouched.
void write_file(const std::filesystem::path& path, std::string_view bytes);

void make_folder(const std::filesystem::path& path);

// Renames a finished folder to its final name and flushes to disk. An existing folder is exchanged atomically where the
// file system supports it, then removed. Throws Error{kResource}; `from` is then complete.
void place_folder(const std::filesystem::path& from, const std::filesystem::path& to);

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

// The last component of a folder's path, however it is written ("runs/a/", "."): the name of a run in reports.
std::string folder_name(const std::filesystem::path& folder);

}  // namespace llama32med
