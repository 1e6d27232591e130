// A system call that a signal interrupted (EINTR) is made again.
#pragma once
#include <cerrno>

namespace llama32med {

template <class Call>
auto without_interruption(Call call) {
  for (;;)
    if (const auto result = call(); result >= 0 || errno != EINTR) return result;
}

}  // namespace llama32med
