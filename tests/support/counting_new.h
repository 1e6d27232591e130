// Counts the allocations of one size, of all threads: how a test sees that something large is made once. The operators
// are replaced in the whole binary, so one source of it may include this.
#pragma once
#include <atomic>
#include <cstdlib>
#include <new>

namespace llama32med::test {

inline std::atomic<std::size_t> counted_size = 0, counted_allocations = 0;

inline void count_allocations_of(std::size_t bytes) { counted_size = bytes, counted_allocations = 0; }

}  // namespace llama32med::test

void* operator new(std::size_t bytes) {
  if (bytes == llama32med::test::counted_size) ++llama32med::test::counted_allocations;
  if (void* memory = std::malloc(bytes > 0 ? bytes : 1)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept {
  return std::malloc(bytes > 0 ? bytes : 1);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
