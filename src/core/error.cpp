#include "llama32med/core/error.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace llama32med {

ErrorKind kind_of_errno(int code) {
  static constexpr std::array kAboutThePath = {ENOENT, ENOTDIR, EISDIR, ENAMETOOLONG, ELOOP, EEXIST, ENOTEMPTY, EINVAL};
  return std::ranges::find(kAboutThePath, code) != kAboutThePath.end() ? ErrorKind::kData : ErrorKind::kResource;
}

}  // namespace llama32med
