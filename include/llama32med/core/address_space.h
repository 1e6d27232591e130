// What this process may still allocate.
#pragma once
#include <cstddef>

namespace llama32med {

// Whether an allocation of this size would succeed, under `ulimit -v` for example. No page is used.
bool has_address_space(std::size_t bytes);

}  // namespace llama32med
