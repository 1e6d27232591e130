// The only way to standard output: text from data files and models cannot control the terminal (printable()).
#pragma once
#include <fmt/format.h>

#include <utility>

#include "llama32med/core/strings.h"

namespace llama32med {

// Throws std::system_error if standard output cannot be written.
template <class... Args>
void print_text(fmt::format_string<Args...> format, Args&&... args) {
  fmt::print("{}", printable(fmt::format(format, std::forward<Args>(args)...)));
}

}  // namespace llama32med
