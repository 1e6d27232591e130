#include "llama32med/core/error.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace llama32med {

ErrorKind kind_of_errno(int code) {
  static constexpr std::array kAboutThePath = {ENOENT, ENOTDIR,   EISDIR, ENAMETOOLONG, ELOOP,
                                               EEXIST, ENOTEMPTY, EINVAL, ENXIO};
  return std::ranges::find(kAboutThePath, code) != kAboutThePath.end() ? ErrorKind::kData : ErrorKind::kResource;
}

Error errno_error(int code, const std::string& where, const std::string& what) {
  return {kind_of_errno(code), fmt::format("{}: {}: {}", where, what, std::strerror(code))};
}

Error write_error(int code, const std::string& where, const std::string& what) {
  const bool unusable = code != ENOENT && kind_of_errno(code) == ErrorKind::kData;
  return {unusable ? ErrorKind::kUsage : ErrorKind::kResource,
          fmt::format("{}: {}: {}", where, what, std::strerror(code))};
}

}  // namespace llama32med
