// A parallel loop over independent iterations.
#pragma once
#include <cstddef>
#include <functional>

namespace llama32med {

// Number of worker threads to use: one per core this process may use, at most 16.
std::size_t worker_threads();

// Runs work(0) .. work(count - 1), each once, in any order, on at most `threads` threads including the caller. An
// exception is rethrown after all threads have finished; iterations that had not started are then skipped.
void parallel_for(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work);

}  // namespace llama32med
