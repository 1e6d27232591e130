// What is where in the file system, and changes of it. Errors name the path and the reason.
//
// std::filesystem either throws exceptions of its own or hides the reason, and then an I/O error looks like a missing
// file. So this floor alone calls it (scripts/check_layers.py). Here nothing counts as absent unless the system says so
// (ENOENT, ENOTDIR); any other failure is an Error of kind_of_errno(), or of write_error() where something is changed
// (core/error.h). Links are followed, except by what removes.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace llama32med {

enum class EntryType {
  kAbsent,  // nothing there, or a link to nothing
  kFile,
  kFolder,
  kSpecial,  // a device, a named pipe or a socket
};

EntryType entry_type(const std::filesystem::path& path);
bool is_there(const std::filesystem::path& path);
bool is_file(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path);
bool is_empty_folder(const std::filesystem::path& path);
bool holds_anything(const std::filesystem::path& path);  // a folder with entries, or a file with bytes
// False for what is absent or what this user has no permission to read.
bool may_be_read(const std::filesystem::path& path);

// The paths of a folder's entries, sorted.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);
// All files at any depth below a folder, sorted. Links to folders are not entered.
std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder);

std::int64_t size_of_file(const std::filesystem::path& path);
std::int64_t free_space(const std::filesystem::path& folder);  // bytes

// Without links, "." and ".."; parts that do not exist stay as they are.
std::filesystem::path canonical_path(const std::filesystem::path& path);
std::filesystem::path absolute_path(const std::filesystem::path& path);
std::filesystem::path system_temporary_folder();
std::filesystem::path without_last_slash(const std::filesystem::path& path);  // "runs/a/" is "runs/a"

// Creates the folder and those above it. A new name is on the disk when this returns, as after sync_folder().
void make_folder(const std::filesystem::path& path);
// Without this, a name that was made, changed or removed in a folder may come back after a power failure. Does nothing
// where the file system cannot do it (EINVAL) or the folder may not be read (EACCES).
void sync_folder(const std::filesystem::path& folder);
void rename_entry(const std::filesystem::path& from, const std::filesystem::path& to);
// A second name of a file (a hard link). Throws Error{kUsage} where the two are on different file systems.
void link_file(const std::filesystem::path& from, const std::filesystem::path& to);
void cut_file(const std::filesystem::path& path, std::int64_t size);

void remove_file(const std::filesystem::path& path);  // or an empty folder; nothing happens if it is absent
void remove_tree(const std::filesystem::path& path);  // a file or a folder with all that is in it; the same
// For destructors and for what the next run removes as well: failures are ignored.
void remove_leftovers(const std::filesystem::path& path) noexcept;

// `path` relative to `folder`, if it is below it as the two are written: links are not followed.
std::optional<std::filesystem::path> relative_below(const std::filesystem::path& path,
                                                    const std::filesystem::path& folder);

// The last component of a folder's path, however it is written ("runs/a/", "."): the name of a run in reports.
std::string folder_name(const std::filesystem::path& folder);

}  // namespace llama32med
