// Files: whole reads, writes that are never seen half done, memory maps. Errors name the path and the reason.
#pragma once
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace llama32med {

std::string read_file(const std::filesystem::path& path);

// Writes beside `path`, flushes to the disk, renames: a reader sees the old bytes or the new ones. Makes the folder.
// Throws Error{kResource} when the disk is full or the folder cannot be written; the old file is then untouched.
void write_file(const std::filesystem::path& path, std::string_view bytes);

void make_folder(const std::filesystem::path& path);

// Gives a finished folder its name, flushed to the disk. A folder that stands there is exchanged in one go where the
// file system can, and removed. Throws Error{kResource}; `from` then still holds everything.
void place_folder(const std::filesystem::path& from, const std::filesystem::path& to);

// A file in memory, read only, shared with the page cache. Moves, does not copy.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  const std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }
  // Says that [begin, begin + count) was read and will not be read soon: its pages may leave memory.
  void forget(std::size_t begin, std::size_t count) const;

 private:
  std::filesystem::path path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// Appends whole lines, each handed to the system at once, so that a killed program loses at most the line being
// written.
class LineWriter {
 public:
  explicit LineWriter(const std::filesystem::path& path);  // creates the file, or goes on behind what it holds
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  void write(std::string line);  // adds the line end

 private:
  std::filesystem::path path_;
  int file_ = -1;
};

// The last part of a folder's path, however it is written ("runs/a/", "."): a run's name in reports.
std::string folder_name(const std::filesystem::path& folder);

}  // namespace llama32med
