#include "llama32med/core/files.h"

#include <fcntl.h>
#include <stdio.h>  // renameat2
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/system_call.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPart = 1 << 20;
constexpr std::chrono::seconds kUnsyncedAtMost{5};

int open_file(const fs::path& path, int flags) {
  return without_interruption(
      [&] { return ::open(without_zero(path).c_str(), flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666); });
}

const char* name_of_type(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a named pipe";
  return S_ISSOCK(mode) ? "a socket" : "a device";
}

// A regular file that is open for reading. O_NONBLOCK: opening a named pipe would wait for its writer.
class OpenFile {
 public:
  explicit OpenFile(const fs::path& path) : path_(path), number_(open_file(path, O_RDONLY)) {
    if (number_ < 0) throw errno_error(errno, path.string(), "cannot be opened");
    struct stat info {};
    const int code = ::fstat(number_, &info) == 0 ? 0 : errno;
    if (code == 0 && S_ISREG(info.st_mode)) {
      size_ = static_cast<std::size_t>(info.st_size);
      return;
    }
    ::close(number_);
    if (code != 0) throw errno_error(code, path.string(), "cannot be read");
    throw data_error("{}: is {}, not a file", path.string(), name_of_type(info.st_mode));
  }
  ~OpenFile() { ::close(number_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int number() const { return number_; }
  std::size_t size() const { return size_; }

  // The number of bytes read; 0 at the end.
  std::size_t read(char* to, std::size_t most) const {
    const auto count = without_interruption([&] { return ::read(number_, to, most); });
    if (count < 0) throw errno_error(errno, path_.string(), "cannot be read");
    return static_cast<std::size_t>(count);
  }

 private:
  const fs::path& path_;
  int number_;
  std::size_t size_ = 0;
};

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = without_interruption([&] { return ::write(file, bytes.data(), bytes.size()); });
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool flush(int file) {
  return without_interruption([&] { return ::fsync(file); }) == 0 || errno == EINVAL;  // devices cannot be flushed
}

Error not_written(int code, const fs::path& path) { return write_error(code, path.string(), "cannot be written"); }

Error not_renamed(int code, const fs::path& from, const fs::path& to) {
  return write_error(code, from.string(), "cannot be renamed to " + to.string());
}

// Where an earlier folder waits while another takes its place.
fs::path replaced_of(const fs::path& path) { return without_last_slash(path).string() + ".replaced"; }

// False where the file system cannot exchange two folders, as network file systems.
bool exchange(const fs::path& one, const fs::path& other) {
  if (::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0) return true;
  if (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) return false;
  throw not_renamed(errno, one, other);
}

}  // namespace

std::string read_file(const fs::path& path) {
  const OpenFile file(path);
  std::string bytes(file.size(), '\0');
  for (std::size_t done = 0;;) {
    if (done == bytes.size()) bytes.resize(bytes.size() + 4096);  // growing files, and those of the kernel
    const auto count = file.read(bytes.data() + done, bytes.size() - done);
    done += count;
    if (count > 0) continue;
    bytes.resize(done);
    return bytes;
  }
}

void read_in_parts(const fs::path& path, const std::function<void(std::string_view)>& take) {
  const OpenFile file(path);
  std::string part(std::min(kPart, file.size() + 1), '\0');
  while (const auto count = file.read(part.data(), part.size())) take(std::string_view(part).substr(0, count));
}

std::string kernel_text(const fs::path& path) {
  try {
    return read_file(path);
  } catch (const Error&) {
    return {};
  }
}

void write_file(const fs::path& path, std::string_view bytes, Durability durability) {
  FileDraft draft(path);
  draft.write(bytes);
  draft.place(durability);
}

void copy_folder(const fs::path& from, const fs::path& to) {
  FolderDraft draft(to);
  for (const auto& file : files_below(from)) {
    FileDraft copy(draft.folder() / file.lexically_relative(from));
    read_in_parts(file, [&](std::string_view part) { copy.write(part); });
    copy.place();
  }
  draft.place();
}

fs::path draft_of(const fs::path& path) { return without_last_slash(path).string() + ".draft"; }

FileDraft::FileDraft(fs::path path) : path_(std::move(path)), draft_(draft_of(path_)) {
  make_folder(path_.parent_path());
  ::unlink(draft_.c_str());  // a leftover, or a link that somebody put there: never written through
  file_ = open_file(draft_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
  if (file_ < 0) throw not_written(errno, path_);
}

FileDraft::~FileDraft() {
  ::close(file_);
  if (!placed_) ::unlink(draft_.c_str());
}

void FileDraft::write(std::string_view bytes) {
  if (waiting_.size() + bytes.size() <= kPart) {
    waiting_ += bytes;
    return;
  }
  pass_on();
  if (!write_all(file_, bytes)) throw not_written(errno, path_);
}

void FileDraft::pass_on() {
  if (!write_all(file_, waiting_)) throw not_written(errno, path_);
  waiting_.clear();
}

void FileDraft::place(Durability durability) {
  pass_on();
  if (durability == Durability::kFlushed && !flush(file_)) throw not_written(errno, path_);
  if (::rename(draft_.c_str(), path_.c_str()) != 0) throw not_written(errno, path_);
  placed_ = true;
  if (durability == Durability::kFlushed) sync_folder(path_.parent_path());
}

FolderDraft::FolderDraft(fs::path path) : path_(std::move(path)), draft_(draft_of(path_)) {
  restore_replaced(path_);
  remove_tree(draft_);
  make_folder(draft_);
}

FolderDraft::~FolderDraft() {
  if (!placed_) remove_leftovers(draft_);  // the space it takes may be what is missing
}

void FolderDraft::place() {
  placed_ = true;  // or as good as: where the rename fails, nothing else holds what was written
  const bool exchanged = is_there(path_) && exchange(draft_, path_);
  if (!exchanged) replace_without_exchange();
  sync_folder(path_.parent_path());
  remove_tree(exchanged ? draft_ : replaced_of(path_));  // not in silence: it may be as large as a model
}

// The earlier folder steps aside and comes back if the new one cannot take its place.
void FolderDraft::replace_without_exchange() const {
  const bool replaces = is_there(path_);
  const auto aside = replaced_of(path_);
  remove_tree(aside);
  if (replaces && ::rename(path_.c_str(), aside.c_str()) != 0) throw not_renamed(errno, path_, aside);
  if (::rename(draft_.c_str(), path_.c_str()) == 0) return;
  const auto error = not_renamed(errno, draft_, path_);
  if (replaces) ::rename(aside.c_str(), path_.c_str());
  throw error;
}

void restore_replaced(const fs::path& path) {
  const auto aside = replaced_of(path);
  if (is_there(aside) && !is_there(path)) rename_entry(aside, path);
}

MappedFile::MappedFile(const fs::path& path) : path_(path) {
  const OpenFile file(path);
  size_ = file.size();
  if (size_ == 0) return;
  void* address = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file.number(), 0);
  if (address == MAP_FAILED) throw errno_error(errno, path.string(), "cannot be mapped into memory");
  data_ = static_cast<const std::byte*>(address);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)), data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::forget(std::size_t begin, std::size_t count) const {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t first = (begin + page - 1) / page * page, last = (begin + count) / page * page;
  if (data_ && last > first) ::madvise(const_cast<std::byte*>(data_) + first, last - first, MADV_DONTNEED);
}

LineWriter::LineWriter(const fs::path& path) : path_(path) {
  make_folder(path.parent_path());
  file_ = open_file(path, O_WRONLY | O_CREAT | O_APPEND);
  if (file_ < 0) throw not_written(errno, path);
}

LineWriter::~LineWriter() {
  flush(file_);
  ::close(file_);
}

void LineWriter::write(std::string line) {
  line += '\n';
  if (!write_all(file_, line)) throw not_written(errno, path_);
  if (std::chrono::steady_clock::now() - synced_ > kUnsyncedAtMost) sync();
}

void LineWriter::sync() {
  if (!flush(file_)) throw not_written(errno, path_);
  synced_ = std::chrono::steady_clock::now();
}

}  // namespace llama32med
