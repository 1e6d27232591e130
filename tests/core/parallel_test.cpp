#include "llama32med/core/parallel.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace llama32med::test {
namespace {

TEST(ParallelFor, RunsEachIterationOnce) {
  for (const std::size_t threads : {1, 2, 7}) {
    std::vector<int> rounds(1000);
    parallel_for(rounds.size(), threads, [&](std::size_t i) { ++rounds[i]; });
    EXPECT_EQ(rounds, std::vector<int>(1000, 1));
  }
  parallel_for(0, 4, [](std::size_t) { FAIL(); });
}

TEST(ParallelFor, RethrowsExceptions) {
  const auto broken = [](std::size_t i) {
    if (i == 3) throw std::runtime_error("three");
  };
  for (const std::size_t threads : {1, 4}) EXPECT_THROW(parallel_for(100, threads, broken), std::runtime_error);
}

}  // namespace
}  // namespace llama32med::test
