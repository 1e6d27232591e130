// Errors a user can fix. One exception type; its kind decides the exit code of the program (tools/exit_code.h).
//
// The message says in one line what is wrong, the value, where, and what to do:
//   slake/train.json: record 1622 has an empty "answer"; skipped records are listed in data_report.json
// Our own bugs are not Errors: they are asserts or std::logic_error.
#pragma once
#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace llama32med {

enum class ErrorKind {
  kUsage = 2,     // wrong command line or config
  kData = 3,      // bad input data or model files
  kResource = 4,  // out of memory, disk or device
  kStopped = 5,   // stopped by a signal after saving
  kGate = 6,      // results are there, but fail a condition such as --fail-on
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

// What a failed system call means: the machine refuses (an I/O error, too many open files, no permission, a full disk:
// kResource), or the path names nothing usable (no such file, a folder in place of a file: kData).
ErrorKind kind_of_errno(int code);

// For a failed system call: "a.png: cannot be opened: Permission denied", of the kind that errno means.
Error errno_error(int code, const std::string& where, const std::string& what);
// The same for what is made or changed. A path that can never be written is wrong usage; a folder that is gone
// (ENOENT) was removed by somebody else in the meantime: kResource.
Error write_error(int code, const std::string& where, const std::string& what);

template <class... Args>
Error usage_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::kUsage, fmt::format(format, std::forward<Args>(args)...)};
}

template <class... Args>
Error data_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::kData, fmt::format(format, std::forward<Args>(args)...)};
}

template <class... Args>
Error resource_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::kResource, fmt::format(format, std::forward<Args>(args)...)};
}

}  // namespace llama32med
