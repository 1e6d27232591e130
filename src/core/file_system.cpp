#include "llama32med/core/file_system.h"

#include <fcntl.h>
#include <stdio.h>  // rename
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/system_call.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

// For what the function `call` of std::filesystem returns, which stores its failure in an error code.
template <class Call>
auto looked_up(const fs::path& path, const char* what, Call call) {
  std::error_code code;
  auto result = call(code);
  if (code) throw errno_error(code.value(), path.string(), what);
  return result;
}

bool is_absence(int code) { return code == ENOENT || code == ENOTDIR; }

void add_files_below(const fs::path& folder, std::vector<fs::path>& files) {
  for (const auto& entry : entries_of(folder)) {
    const auto type = entry_type(entry);
    if (type == EntryType::kFile) files.push_back(entry);
    if (type != EntryType::kFolder) continue;
    const auto is_link =
        looked_up(entry, "cannot be looked up", [&](auto& code) { return fs::is_symlink(entry, code); });
    if (!is_link) add_files_below(entry, files);
  }
}

}  // namespace

EntryType entry_type(const fs::path& path) {
  struct stat info {};
  if (::stat(without_zero(path).c_str(), &info) != 0) {
    if (is_absence(errno)) return EntryType::kAbsent;
    throw errno_error(errno, path.string(), "cannot be looked up");
  }
  if (S_ISREG(info.st_mode)) return EntryType::kFile;
  return S_ISDIR(info.st_mode) ? EntryType::kFolder : EntryType::kSpecial;
}

bool is_there(const fs::path& path) { return entry_type(path) != EntryType::kAbsent; }
bool is_file(const fs::path& path) { return entry_type(path) == EntryType::kFile; }
bool is_folder(const fs::path& path) { return entry_type(path) == EntryType::kFolder; }
bool is_empty_folder(const fs::path& path) { return is_folder(path) && entries_of(path).empty(); }

bool holds_anything(const fs::path& path) {
  const auto type = entry_type(path);
  if (type == EntryType::kFolder) return !entries_of(path).empty();
  return type == EntryType::kFile ? size_of_file(path) > 0 : type == EntryType::kSpecial;
}

bool may_be_read(const fs::path& path) {
  if (::access(without_zero(path).c_str(), R_OK) == 0) return true;
  if (is_absence(errno) || errno == EACCES || errno == EPERM) return false;
  throw errno_error(errno, path.string(), "cannot be looked up");
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  constexpr auto kWhat = "the folder cannot be read";
  std::vector<fs::path> entries;
  auto entry = looked_up(folder, kWhat, [&](auto& code) { return fs::directory_iterator(without_zero(folder), code); });
  while (entry != fs::directory_iterator()) {
    entries.push_back(entry->path());
    looked_up(folder, kWhat, [&](auto& code) { return entry.increment(code); });
  }
  std::ranges::sort(entries);
  return entries;
}

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  add_files_below(folder, files);
  std::ranges::sort(files);
  return files;
}

std::int64_t size_of_file(const fs::path& path) {
  return static_cast<std::int64_t>(
      looked_up(path, "cannot be looked up", [&](auto& code) { return fs::file_size(without_zero(path), code); }));
}

std::int64_t free_space(const fs::path& folder) {
  return static_cast<std::int64_t>(looked_up(folder, "its free space is unknown", [&](auto& code) {
                                     return fs::space(without_zero(folder), code);
                                   }).available);
}

fs::path canonical_path(const fs::path& path) {
  return looked_up(path, "cannot be looked up",
                   [&](auto& code) { return fs::weakly_canonical(without_zero(path), code); });
}

fs::path absolute_path(const fs::path& path) {
  return path.empty() ? path
                      : looked_up(path, "cannot be looked up", [&](auto& code) { return fs::absolute(path, code); });
}

fs::path system_temporary_folder() {
  return looked_up("the folder for temporary files", "cannot be found",
                   [](auto& code) { return fs::temp_directory_path(code); });
}

fs::path without_last_slash(const fs::path& path) { return path.has_filename() ? path : path.parent_path(); }

void make_folder(const fs::path& path) {
  const auto whole = without_last_slash(path);
  if (whole.empty() || is_folder(whole)) return;
  make_folder(whole.parent_path());
  if (::mkdir(whole.c_str(), 0777) != 0) {
    const int code = errno;
    if (code == EEXIST && is_folder(whole)) return;  // another process was faster
    throw write_error(code, path.string(), "the folder cannot be created");
  }
  sync_folder(whole.parent_path());
}

void sync_folder(const fs::path& folder) {
  const fs::path name = folder.empty() ? "." : folder;
  const int file = without_interruption([&] { return ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (file < 0 && errno == EACCES) return;
  if (file < 0) throw write_error(errno, name.string(), "the folder cannot be opened");
  const int code = without_interruption([&] { return ::fsync(file); }) == 0 ? 0 : errno;
  ::close(file);
  if (code != 0 && code != EINVAL) throw write_error(code, name.string(), "the folder cannot be flushed to the disk");
}

void rename_entry(const fs::path& from, const fs::path& to) {
  if (::rename(without_zero(from).c_str(), without_zero(to).c_str()) != 0)
    throw write_error(errno, from.string(), "cannot be renamed to " + to.string());
  sync_folder(to.parent_path());
}

void link_file(const fs::path& from, const fs::path& to) {
  if (::link(without_zero(from).c_str(), without_zero(to).c_str()) == 0) return;
  if (errno == EXDEV)
    throw usage_error("{}: cannot be linked to {}, which is on another file system", from.string(), to.string());
  throw write_error(errno, from.string(), "cannot be linked to " + to.string());
}

void cut_file(const fs::path& path, std::int64_t size) {
  if (without_interruption([&] { return ::truncate(without_zero(path).c_str(), size); }) != 0)
    throw write_error(errno, path.string(), "cannot be shortened");
}

void remove_file(const fs::path& path) {
  std::error_code code;
  fs::remove(without_zero(path), code);
  if (code && !is_absence(code.value())) throw write_error(code.value(), path.string(), "cannot be removed");
}

void remove_tree(const fs::path& path) {
  std::error_code code;
  fs::remove_all(without_zero(path), code);
  if (code && !is_absence(code.value())) throw write_error(code.value(), path.string(), "cannot be removed");
}

void remove_leftovers(const fs::path& path) noexcept {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

std::optional<fs::path> relative_below(const fs::path& path, const fs::path& folder) {
  const auto way = absolute_path(path).lexically_normal().lexically_relative(absolute_path(folder).lexically_normal());
  if (way.empty() || *way.begin() == "..") return std::nullopt;
  return way;
}

std::string folder_name(const fs::path& folder) {
  return without_last_slash(canonical_path(folder)).filename().string();
}

}  // namespace llama32med
