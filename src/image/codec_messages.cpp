#include "codec_messages.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <streambuf>

namespace llama32med {
namespace {

thread_local std::string* kept = nullptr;  // captures this thread's messages; null: they go to the terminal

void keep(const char* text, std::size_t size) {
  constexpr std::size_t kMost = 4096;
  if (kept->size() < kMost) kept->append(text, std::min(size, kMost - kept->size()));
}

ssize_t write_or_keep(void* /*cookie*/, const char* text, std::size_t size) {
  if (kept) return keep(text, size), static_cast<ssize_t>(size);
  for (std::size_t done = 0; done < size;) {
    const auto count = ::write(STDERR_FILENO, text + done, size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return 0;
    done += static_cast<std::size_t>(count);
  }
  return static_cast<ssize_t>(size);
}

// std::cerr writes to the original stderr stream, so it needs its own filter.
class KeepingBuffer : public std::streambuf {
 public:
  explicit KeepingBuffer(std::streambuf* target) : target_(target) {}

 protected:
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    if (!kept) return target_->sputn(text, size);
    return keep(text, static_cast<std::size_t>(size)), size;
  }
  int_type overflow(int_type letter) override {
    if (traits_type::eq_int_type(letter, traits_type::eof())) return traits_type::not_eof(letter);
    const char text = traits_type::to_char_type(letter);
    return xsputn(&text, 1) == 1 ? letter : traits_type::eof();
  }
  int sync() override { return kept ? 0 : target_->pubsync(); }

 private:
  std::streambuf* target_;
};

bool install_filters() {
#ifdef __GLIBC__
  cookie_io_functions_t functions{};
  functions.write = write_or_keep;
  if (FILE* filter = fopencookie(nullptr, "w", functions)) {
    std::setvbuf(filter, nullptr, _IONBF, 0);
    std::fflush(stderr);
    stderr = filter;
  }
#endif
  // Never destroyed: std::cerr may be used until the process ends.
  std::cerr.rdbuf(new KeepingBuffer(std::cerr.rdbuf()));
  return true;
}

}  // namespace

CodecMessages::CodecMessages() : outer_(kept) {
  [[maybe_unused]] static const bool installed = install_filters();
  kept = &text_;
}

CodecMessages::~CodecMessages() { kept = outer_; }

}  // namespace llama32med
