#include "llama32med/core/files.h"

#include <fcntl.h>
#include <stdio.h>  // renameat2
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "llama32med/core/error.h"

namespace llama32med {
namespace {

std::string reason() { return std::strerror(errno); }

// For a failed system call: "a.png: cannot be opened: No such file or directory", of the kind that errno means.
Error call_error(const std::filesystem::path& path, const char* what) {
  const int code = errno;
  return {kind_of_errno(code), fmt::format("{}: {}: {}", path.string(), what, std::strerror(code))};
}

// Closes its file descriptor on destruction.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  bool ok() const { return number_ >= 0; }

 private:
  int number_;
};

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::size_t regular_size(const Descriptor& file, const std::filesystem::path& path) {
  if (!file.ok()) throw call_error(path, "cannot be opened");
  struct stat info {};
  if (::fstat(file.number(), &info) != 0) throw call_error(path, "cannot be read");
  if (S_ISDIR(info.st_mode)) throw data_error("{}: is a folder, not a file", path.string());
  return static_cast<std::size_t>(info.st_size);
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  const Descriptor file(path, O_RDONLY);
  std::string bytes(regular_size(file, path), '\0');
  std::size_t done = 0;
  for (;;) {
    if (done == bytes.size()) bytes.resize(bytes.size() + 4096);  // pipes and growing files do not report a size
    const auto count = ::read(file.number(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw call_error(path, "cannot be read");
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  if (path.has_parent_path()) make_folder(path.parent_path());
  const auto draft = draft_of(path);
  const auto fail = [&] {
    const auto why = reason();
    ::unlink(draft.c_str());
    return resource_error("{}: cannot be written: {}", path.string(), why);
  };
  {
    ::unlink(draft.c_str());  // a leftover, or a link that somebody put there: never written through
    const Descriptor file(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    if (!file.ok() || !write_all(file.number(), bytes) || ::fsync(file.number()) != 0) throw fail();
  }
  if (::rename(draft.c_str(), path.c_str()) != 0) throw fail();
}

void make_folder(const std::filesystem::path& path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (code) throw resource_error("{}: the folder cannot be created: {}", path.string(), code.message());
}

std::filesystem::path draft_of(const std::filesystem::path& path) {
  const auto whole = path.has_filename() ? path : path.parent_path();  // "runs/a/" is "runs/a"
  return whole.string() + ".draft";
}

FolderDraft::FolderDraft(std::filesystem::path path) : path_(std::move(path)), draft_(draft_of(path_)) {
  std::filesystem::remove_all(draft_);
  make_folder(draft_);
}

FolderDraft::~FolderDraft() {
  std::error_code ignored;
  if (!placed_) std::filesystem::remove_all(draft_, ignored);  // the space it takes may be what is missing
}

void FolderDraft::place() {
  placed_ = true;  // or as good as: where the rename fails, nothing else holds what was written
  const bool exchanged = std::filesystem::exists(path_) &&
                         ::renameat2(AT_FDCWD, draft_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) == 0;
  std::error_code ignored;
  if (exchanged) {
    std::filesystem::remove_all(draft_, ignored);
  } else {
    replace_without_exchange();
  }
  const Descriptor parent(path_.has_parent_path() ? path_.parent_path() : ".", O_RDONLY | O_DIRECTORY);
  if (parent.ok()) ::fsync(parent.number());
}

// The earlier folder steps aside and comes back if the new one cannot take its place.
void FolderDraft::replace_without_exchange() const {
  const std::filesystem::path aside = path_.string() + ".replaced";
  std::error_code ignored;
  std::filesystem::remove_all(aside, ignored);
  const bool replaces = ::rename(path_.c_str(), aside.c_str()) == 0;
  if (::rename(draft_.c_str(), path_.c_str()) != 0) {
    const auto error = resource_error("{}: cannot be renamed to {}: {}", draft_.string(), path_.string(), reason());
    if (replaces) ::rename(aside.c_str(), path_.c_str());
    throw error;
  }
  std::filesystem::remove_all(aside, ignored);
}

MappedFile::MappedFile(const std::filesystem::path& path) : path_(path) {
  const Descriptor file(path, O_RDONLY);
  size_ = regular_size(file, path);
  if (size_ == 0) return;
  void* address = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file.number(), 0);
  if (address == MAP_FAILED) throw resource_error("{}: cannot be mapped into memory: {}", path.string(), reason());
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

LineWriter::LineWriter(const std::filesystem::path& path) : path_(path) {
  if (path.has_parent_path()) make_folder(path.parent_path());
  file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) throw resource_error("{}: cannot be written: {}", path.string(), reason());
}

LineWriter::~LineWriter() { ::close(file_); }

void LineWriter::write(std::string line) {
  line += '\n';
  if (!write_all(file_, line)) throw resource_error("{}: cannot be written: {}", path_.string(), reason());
}

std::optional<std::filesystem::path> relative_below(const std::filesystem::path& path,
                                                    const std::filesystem::path& folder) {
  const auto written = [](const std::filesystem::path& place) {
    return std::filesystem::absolute(place).lexically_normal();
  };
  const auto way = written(path).lexically_relative(written(folder));
  if (way.empty() || *way.begin() == "..") return std::nullopt;
  return way;
}

std::string folder_name(const std::filesystem::path& folder) {
  const auto path = std::filesystem::weakly_canonical(folder);
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

}  // namespace llama32med
