// A loop whose rounds do not depend on one another, by several threads.
#pragma once
#include <cstddef>
#include <functional>

namespace llama32med {

// Threads worth starting on this machine: its processors, at most 16.
std::size_t worker_threads();

// work(0) .. work(count - 1), each once, in any order, by at most `threads` threads of which the caller is one. What a
// round throws is thrown again when all threads have come to an end; rounds that had not begun are then left out.
void parallel_for(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work);

}  // namespace llama32med
