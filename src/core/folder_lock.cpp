#include "llama32med/core/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

#include "core/system_call.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown host";
}

std::string utc_now() {
  const auto now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text.data();
}

// The folder may just have been removed by another owner that wrote nothing into it: then once more.
int open_file(const std::filesystem::path& path) {
  static constexpr int kAttempts = 3, kFlags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  for (int attempt = 1;; ++attempt) {
    if (path.has_parent_path()) make_folder(path.parent_path());
    const int file = without_interruption([&] { return ::open(path.c_str(), kFlags, 0666); });
    if (file >= 0) return file;
    if (errno != ENOENT || attempt == kAttempts) throw write_error(errno, path.string(), "cannot be opened");
  }
}

enum class LockState { kOurs, kTaken, kUnsupported };

LockState lock(int file, const std::filesystem::path& path) {
  if (without_interruption([&] { return ::flock(file, LOCK_EX | LOCK_NB); }) == 0) return LockState::kOurs;
  if (errno == EWOULDBLOCK) return LockState::kTaken;
  if (errno == ENOLCK || errno == ENOSYS || errno == EOPNOTSUPP || errno == EINVAL) return LockState::kUnsupported;
  const auto error = write_error(errno, path.string(), "cannot be locked");
  ::close(file);
  throw error;
}

// False if the owner before removed the file after we opened it: our lock would be on a file without a name.
bool is_still_there(int file, const std::filesystem::path& path) {
  struct stat ours {
  }, named{};
  return ::fstat(file, &ours) == 0 && ::stat(path.c_str(), &named) == 0 && ours.st_ino == named.st_ino &&
         ours.st_dev == named.st_dev;
}

std::string owner_in(int file) {
  std::array<char, 512> text{};
  const auto count = ::pread(file, text.data(), text.size() - 1, 0);
  return std::string(trim(std::string_view(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0)));
}

std::filesystem::path lock_file(const std::filesystem::path& folder, LockPlace place) {
  if (place == LockPlace::kInside) return folder / ".lock";
  return without_last_slash(folder).string() + ".lock";
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder, LockPlace place)
    : folder_(folder), path_(lock_file(folder, place)), made_folder_(place == LockPlace::kInside && !is_there(folder)) {
  for (;;) {
    follows_killed_ = is_there(path_);
    file_ = open_file(path_);
    const auto state = lock(file_, path_);
    held_ = state == LockState::kOurs;
    if (state == LockState::kTaken) {
      const auto owner = owner_in(file_);
      ::close(file_);
      throw usage_error("{}: in use by {}; wait for it, or choose another --out", folder.string(),
                        owner.empty() ? "another process" : owner);
    }
    if (!held_ || is_still_there(file_, path_)) break;
    ::close(file_);
  }
  const auto owner = fmt::format("process {} on {} since {}\n", ::getpid(), host_name(), utc_now());
  if (held_ && ::ftruncate(file_, 0) == 0 && ::pwrite(file_, owner.data(), owner.size(), 0) < 0) return;  // only a hint
}

FolderLock::~FolderLock() {
  ::unlink(path_.c_str());
  if (made_folder_) ::rmdir(folder_.c_str());  // fails if it holds something, as it should
  ::close(file_);
}

}  // namespace llama32med
