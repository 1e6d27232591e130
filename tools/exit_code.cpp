#include "exit_code.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <new>
#include <string>
#include <system_error>

#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

// Messages of libtorch, oneDNN and the CUDA runtime.
bool is_about_memory(const std::string& what) {
  constexpr std::array kSigns = {"out of memory", "can't allocate memory", "could not create a primitive",
                                 "Cannot allocate memory", "CUBLAS_STATUS_ALLOC_FAILED"};
  return std::ranges::any_of(kSigns, [&](const char* sign) { return what.find(sign) != what.npos; });
}

bool is_reader_gone() {
  pollfd output{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

// `llama32med inspect ... | head`: the reader has seen enough. Ends as the shell expects of a writer.
void end_with_the_pipe() {
  std::signal(SIGPIPE, SIG_DFL);
  std::raise(SIGPIPE);
}

// A result that was not written is not a success.
void require_output() {
  std::cout.flush();
  const bool written = std::cout && std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  const int code = errno;
  if (written) return;
  if (is_reader_gone()) end_with_the_pipe();
  throw resource_error("standard output cannot be written: {}", std::strerror(code));
}

}  // namespace

int exit_code_of(const std::function<void()>& action) {
  const auto complain = [](const std::string& what) { std::cerr << "error: " << printable(what) << "\n"; };
  try {
    action();
    require_output();
    return 0;
  } catch (const Error& error) {
    complain(error.what());
    return static_cast<int>(error.kind());
  } catch (const std::bad_alloc&) {
    complain("out of memory");
    return static_cast<int>(ErrorKind::kResource);
  } catch (const std::system_error& error) {  // filesystem_error as well; a thread that cannot start; full output
    if (error.code() == std::errc::broken_pipe && is_reader_gone()) end_with_the_pipe();
    complain(error.what());
    return static_cast<int>(kind_of_errno(error.code().value()));
  } catch (const std::exception& error) {
    const std::string what = error.what();
    const auto first_line = what.substr(0, what.find('\n'));
    if (is_about_memory(what)) {
      complain("out of memory: " + first_line);
      return static_cast<int>(ErrorKind::kResource);
    }
    complain("internal error, please report it with the command line: " + first_line);
    return 1;
  }
}

}  // namespace llama32med
