// Preloaded into the program: lets its N-th file operation below a folder fail, or kills the process there.
//
//   FAULT_ROOT=RUN FAULT_N=17 FAULT_ERRNO=ENOSPC LD_PRELOAD=libllama32med_faults.so llama32med ...
//
// FAULT_ROOT        operations on paths below this folder count; several folders are separated by ':'
// FAULT_N           number of the operation that fails, from 1; 0: none, only count
// FAULT_ERRNO       its error: a name of kErrors
// FAULT_MODE        once: only that operation fails
//                   from: all later ones fail as well, as on a disk that is full or dying
//                   short: a write stops half way, the next one fails
//                   kill, killafter: SIGKILL before the operation, or right after it (after half of it, for a write)
// FAULT_NOEXCHANGE  set: renameat2 with flags fails with EINVAL, as on NFS
// FAULT_LOG         gets one line per counted operation: number, kind, path
//
// Not seen: stores to mapped memory, io_uring, raw system calls.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

enum class Kind {
  kOpenRead,
  kOpenWrite,
  kRead,
  kWrite,
  kSync,
  kRename,
  kMakeFolder,
  kRemove,
  kTruncate,
  kMap,
  kList,
  kCopy,
  kStat
};
constexpr std::array kKindNames = {"openr",  "openw", "read", "write", "fsync", "rename", "mkdir",
                                   "remove", "trunc", "mmap", "list",  "copy",  "stat"};

struct NamedError {
  std::string_view name;
  int number;
};
constexpr std::array kErrors = {
    NamedError{"EIO", EIO},       NamedError{"ENOSPC", ENOSPC}, NamedError{"EDQUOT", EDQUOT},
    NamedError{"EMFILE", EMFILE}, NamedError{"ENFILE", ENFILE}, NamedError{"EACCES", EACCES},
    NamedError{"ENOMEM", ENOMEM}, NamedError{"ESTALE", ESTALE}, NamedError{"EROFS", EROFS},
    NamedError{"EFBIG", EFBIG},   NamedError{"EBUSY", EBUSY}};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

int error_number(const std::string& name) {
  for (const auto& error : kErrors)
    if (error.name == name) return error.number;
  return EIO;
}

std::vector<std::string> folders(const std::string& list) {
  std::vector<std::string> found;
  for (std::size_t begin = 0; begin < list.size();) {
    const auto end = std::min(list.find(':', begin), list.size());
    if (end > begin) found.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return found;
}

struct Plan {
  std::vector<std::string> roots = folders(variable("FAULT_ROOT"));
  long number = std::atol(variable("FAULT_N").c_str());
  int error = error_number(variable("FAULT_ERRNO"));
  std::string mode = variable("FAULT_MODE");
  bool no_exchange = !variable("FAULT_NOEXCHANGE").empty();
  int log = -1;
};

const Plan* plan = nullptr;  // nullptr until the process has started, and in processes without FAULT_ROOT
std::atomic<long> counter{0};
std::atomic<bool> half_written{false};  // FAULT_MODE=short: the next write fails

__attribute__((constructor)) void start() {
  if (variable("FAULT_ROOT").empty()) return;
  auto* read = new Plan;
  if (const auto log = variable("FAULT_LOG"); !log.empty())
    read->log =
        static_cast<int>(::syscall(SYS_openat, AT_FDCWD, log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  plan = read;
}

bool is_counted(const std::string& path) {
  for (const auto& root : plan->roots)
    if (path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/')) return true;
  return false;
}

std::string link_target(const std::string& link) {
  std::array<char, PATH_MAX> target{};
  const auto length = ::syscall(SYS_readlinkat, AT_FDCWD, link.c_str(), target.data(), target.size());
  return length > 0 ? std::string(target.data(), static_cast<std::size_t>(length)) : "";
}

std::string path_of(int file) { return link_target("/proc/self/fd/" + std::to_string(file)); }

std::string path_at(int folder, const char* path) {
  if (path[0] == '/') return path;
  return (folder == AT_FDCWD ? link_target("/proc/self/cwd") : path_of(folder)) + "/" + path;
}

// A full disk still reads, lists and removes.
bool works_on_a_full_disk(Kind kind) {
  return kind == Kind::kOpenRead || kind == Kind::kRead || kind == Kind::kMap || kind == Kind::kList ||
         kind == Kind::kRemove || kind == Kind::kStat;
}

[[noreturn]] void die() {
  ::syscall(SYS_kill, ::syscall(SYS_getpid), SIGKILL);
  for (;;) ::pause();
}

enum class Verdict { kGoOn, kFail, kHalf, kDieAfter };

Verdict verdict(Kind kind, const std::string& path) {
  if (!is_counted(path)) return Verdict::kGoOn;
  const long number = ++counter;
  if (plan->log >= 0) {
    const auto line = std::to_string(number) + "\t" + kKindNames[static_cast<std::size_t>(kind)] + "\t" + path + "\n";
    ::syscall(SYS_write, plan->log, line.data(), line.size());
  }
  if (plan->number == 0 || number < plan->number) return Verdict::kGoOn;
  if (number > plan->number) {
    const bool fails = plan->mode == "from" && !(plan->error == ENOSPC && works_on_a_full_disk(kind));
    return fails ? Verdict::kFail : Verdict::kGoOn;
  }
  if (plan->mode == "kill") die();
  if (plan->mode == "killafter") return Verdict::kDieAfter;
  return plan->mode == "short" && kind == Kind::kWrite ? Verdict::kHalf : Verdict::kFail;
}

// The real function of this name.
template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

template <class Result, class Call>
Result guarded(Kind kind, const std::string& path, Result failed, const Call& call) {
  const auto what = verdict(kind, path);
  if (what == Verdict::kFail) {
    errno = plan->error;
    return failed;
  }
  const auto result = call();
  if (what == Verdict::kDieAfter) die();
  return result;
}

template <class Result, class Call>
Result on_path(Kind kind, int folder, const char* path, Result failed, const Call& call) {
  return plan ? guarded(kind, path_at(folder, path), failed, call) : call();
}

template <class Result, class Call>
Result on_file(Kind kind, int file, Result failed, const Call& call) {
  return plan && file >= 0 ? guarded(kind, path_of(file), failed, call) : call();
}

Kind kind_of_open(int flags) {
  if (flags & O_DIRECTORY) return Kind::kList;
  return flags & (O_WRONLY | O_RDWR | O_CREAT) ? Kind::kOpenWrite : Kind::kOpenRead;
}

int open_at(int folder, const char* path, int flags, mode_t mode) {
  return on_path(kind_of_open(flags), folder, path, -1,
                 [&] { return static_cast<int>(::syscall(SYS_openat, folder, path, flags | O_LARGEFILE, mode)); });
}

mode_t mode_argument(int flags, va_list arguments) {
  return flags & (O_CREAT | O_TMPFILE) ? static_cast<mode_t>(va_arg(arguments, int)) : 0;
}

ssize_t write_half(int file, const void* bytes, std::size_t size) {
  return static_cast<ssize_t>(::syscall(SYS_write, file, bytes, size > 1 ? size / 2 : size));
}

ssize_t write_guarded(int file, const void* bytes, std::size_t size) {
  const auto path = path_of(file);
  if (is_counted(path) && half_written.exchange(false)) {
    errno = plan->error;
    return -1;
  }
  const auto what = verdict(Kind::kWrite, path);
  if (what == Verdict::kGoOn) return static_cast<ssize_t>(::syscall(SYS_write, file, bytes, size));
  if (what == Verdict::kFail) {
    errno = plan->error;
    return -1;
  }
  const auto count = write_half(file, bytes, size);
  if (what == Verdict::kDieAfter) die();
  half_written = true;
  return count;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = mode_argument(flags, arguments);
  va_end(arguments);
  return open_at(AT_FDCWD, path, flags, mode);
}

int open64(const char*, int, ...) __attribute__((alias("open")));

int openat(int folder, const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = mode_argument(flags, arguments);
  va_end(arguments);
  return open_at(folder, path, flags, mode);
}

int openat64(int, const char*, int, ...) __attribute__((alias("openat")));

FILE* fopen(const char* path, const char* mode) {
  const auto kind = mode[0] == 'r' && !std::strchr(mode, '+') ? Kind::kOpenRead : Kind::kOpenWrite;
  return on_path<FILE*>(kind, AT_FDCWD, path, nullptr, [&] { return real<decltype(fopen)>("fopen")(path, mode); });
}

FILE* fopen64(const char* path, const char* mode) { return fopen(path, mode); }

DIR* opendir(const char* path) {
  return on_path<DIR*>(Kind::kList, AT_FDCWD, path, nullptr, [&] { return real<decltype(opendir)>("opendir")(path); });
}

ssize_t write(int file, const void* bytes, std::size_t size) {
  if (!plan) return static_cast<ssize_t>(::syscall(SYS_write, file, bytes, size));
  return write_guarded(file, bytes, size);
}

ssize_t pwrite64(int file, const void* bytes, std::size_t size, off64_t at) {
  return on_file<ssize_t>(Kind::kWrite, file, -1, [&] { return ::syscall(SYS_pwrite64, file, bytes, size, at); });
}

ssize_t pwrite(int file, const void* bytes, std::size_t size, off_t at) { return pwrite64(file, bytes, size, at); }

ssize_t writev(int file, const iovec* parts, int count) {
  return on_file<ssize_t>(Kind::kWrite, file, -1, [&] { return ::syscall(SYS_writev, file, parts, count); });
}

ssize_t read(int file, void* bytes, std::size_t size) {
  return on_file<ssize_t>(Kind::kRead, file, -1, [&] { return ::syscall(SYS_read, file, bytes, size); });
}

ssize_t pread64(int file, void* bytes, std::size_t size, off64_t at) {
  return on_file<ssize_t>(Kind::kRead, file, -1, [&] { return ::syscall(SYS_pread64, file, bytes, size, at); });
}

ssize_t pread(int file, void* bytes, std::size_t size, off_t at) { return pread64(file, bytes, size, at); }

int fsync(int file) {
  return on_file(Kind::kSync, file, -1, [&] { return static_cast<int>(::syscall(SYS_fsync, file)); });
}

int fdatasync(int file) {
  return on_file(Kind::kSync, file, -1, [&] { return static_cast<int>(::syscall(SYS_fdatasync, file)); });
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  if (plan && plan->no_exchange && flags != 0) {
    errno = EINVAL;
    return -1;
  }
  return on_path(Kind::kRename, to_folder, to, -1,
                 [&] { return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags)); });
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  return renameat2(from_folder, from, to_folder, to, 0);
}

int rename(const char* from, const char* to) noexcept { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

int mkdir(const char* path, mode_t mode) noexcept {
  return on_path(Kind::kMakeFolder, AT_FDCWD, path, -1,
                 [&] { return static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode)); });
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  return on_path(Kind::kRemove, folder, path, -1,
                 [&] { return static_cast<int>(::syscall(SYS_unlinkat, folder, path, flags)); });
}

int unlink(const char* path) noexcept { return unlinkat(AT_FDCWD, path, 0); }

int rmdir(const char* path) noexcept { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int remove(const char* path) noexcept {
  return on_path(Kind::kRemove, AT_FDCWD, path, -1, [&] { return real<int(const char*)>("remove")(path); });
}

int truncate64(const char* path, off64_t size) noexcept {
  return on_path(Kind::kTruncate, AT_FDCWD, path, -1,
                 [&] { return static_cast<int>(::syscall(SYS_truncate, path, size)); });
}

int truncate(const char* path, off_t size) noexcept { return truncate64(path, size); }

int ftruncate64(int file, off64_t size) noexcept {
  return on_file(Kind::kTruncate, file, -1, [&] { return static_cast<int>(::syscall(SYS_ftruncate, file, size)); });
}

int ftruncate(int file, off_t size) noexcept { return ftruncate64(file, size); }

void* mmap64(void* address, std::size_t size, int protection, int flags, int file, off64_t at) noexcept {
  return on_file<void*>(Kind::kMap, file, MAP_FAILED, [&] {
    return reinterpret_cast<void*>(::syscall(SYS_mmap, address, size, protection, flags, file, at));
  });
}

void* mmap(void* address, std::size_t size, int protection, int flags, int file, off_t at) noexcept {
  return mmap64(address, size, protection, flags, file, at);
}

ssize_t sendfile64(int out, int in, off64_t* at, std::size_t size) noexcept {
  return on_file<ssize_t>(Kind::kCopy, out, -1, [&] { return ::syscall(SYS_sendfile, out, in, at, size); });
}

ssize_t sendfile(int out, int in, off_t* at, std::size_t size) noexcept { return sendfile64(out, in, at, size); }

ssize_t copy_file_range(int in, off64_t* in_at, int out, off64_t* out_at, std::size_t size, unsigned flags) {
  return on_file<ssize_t>(Kind::kCopy, out, -1,
                          [&] { return ::syscall(SYS_copy_file_range, in, in_at, out, out_at, size, flags); });
}

int stat(const char* path, struct stat* info) noexcept {
  return on_path(Kind::kStat, AT_FDCWD, path, -1,
                 [&] { return real<int(const char*, struct stat*)>("stat")(path, info); });
}

int lstat(const char* path, struct stat* info) noexcept {
  return on_path(Kind::kStat, AT_FDCWD, path, -1,
                 [&] { return real<int(const char*, struct stat*)>("lstat")(path, info); });
}

}  // extern "C"
