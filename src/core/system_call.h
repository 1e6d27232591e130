// What each system call about files needs.
#pragma once
#include <cerrno>
#include <filesystem>
#include <string_view>

#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"

namespace llama32med {

// A call that a signal interrupted (EINTR) is made again.
template <class Call>
auto without_interruption(Call call) {
  for (;;)
    if (const auto result = call(); result >= 0 || errno != EINTR) return result;
}

// A path ends at a zero byte for the system, but not for those who check it.
inline const std::filesystem::path& without_zero(const std::filesystem::path& path) {
  static constexpr std::string_view kZero("\0", 1);
  if (path.native().find('\0') != path.native().npos)
    throw data_error("{}: contains a zero byte", replaced(path.string(), kZero, "\\0"));
  return path;
}

}  // namespace llama32med
