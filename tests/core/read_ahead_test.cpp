#include "llama32med/core/read_ahead.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <stdexcept>

namespace llama32med::test {
namespace {

constexpr ReadAheadSize kSizes[] = {{.threads = 0, .values = 3},  {.threads = 1, .values = 1},
                                    {.threads = 1, .values = 8},  {.threads = 3, .values = 2},
                                    {.threads = 4, .values = 16}, {.threads = 2, .values = 0}};

TEST(ReadAhead, HandsOutEveryValueInOrder) {
  for (const auto& size : kSizes) {
    ReadAhead<std::unique_ptr<std::size_t>> values(100, size, [](std::size_t i) {
      if (i % 7 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));  // the next ones are ready first
      return std::make_unique<std::size_t>(i);
    });
    for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(*values.next(), i);
  }
}

TEST(ReadAhead, AnErrorIsThrownWhenItsValueIsAskedFor) {
  for (const auto& size : kSizes) {
    ReadAhead<std::size_t> values(10, size, [](std::size_t i) {
      if (i == 4 || i == 5) throw std::runtime_error("value " + std::to_string(i));
      return i;
    });
    for (std::size_t i = 0; i < 10; ++i) try {
        EXPECT_EQ(values.next(), i);
        EXPECT_TRUE(i != 4 && i != 5);
      } catch (const std::runtime_error& error) {
        EXPECT_EQ(error.what(), "value " + std::to_string(i));
      }
  }
}

TEST(ReadAhead, MakesNoMoreThanAskedForAndNoneOfThemTwice) {
  for (const auto& size : kSizes) {
    std::mutex guard;
    std::set<std::size_t> made;
    std::size_t most = 0, twice = 0, next = 0;
    ReadAhead<std::size_t> values(40, size, [&](std::size_t i) {
      const std::lock_guard lock(guard);
      if (!made.insert(i).second) ++twice;
      most = std::max(most, i - next);
      return i;
    });
    for (std::size_t i = 0; i < 40; ++i) {
      values.next();
      const std::lock_guard lock(guard);
      next = i + 1;
    }
    EXPECT_EQ(made.size(), 40u);
    EXPECT_EQ(twice, 0u);
    EXPECT_LE(most, size.values);
  }
}

TEST(ReadAhead, WithoutThreadsTheCallerMakesEachValueWhenItAsks) {
  std::size_t made = 0;
  ReadAhead<std::thread::id> values(3, {.threads = 0, .values = 3}, [&](std::size_t) {
    ++made;
    return std::this_thread::get_id();
  });
  EXPECT_EQ(made, 0u);
  EXPECT_EQ(values.next(), std::this_thread::get_id());
  EXPECT_EQ(made, 1u);
}

TEST(ReadAhead, EndsWithoutMakingTheRest) {
  std::atomic<std::size_t> made = 0;
  {
    ReadAhead<std::size_t> values(1000, {.threads = 2, .values = 500}, [&](std::size_t i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      ++made;
      return i;
    });
    EXPECT_EQ(values.next(), 0u);
  }
  EXPECT_LT(made, 100u);
}

TEST(WorkerThreads, RunTasksInOrder) {
  std::vector<int> order;
  std::promise<void> last;
  WorkerThreads workers(1);
  ASSERT_EQ(workers.count(), 1u);
  for (int i = 0; i < 20; ++i) workers.add([&, i] { order.push_back(i); });
  workers.add([&] { last.set_value(); });
  last.get_future().wait();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

}  // namespace
}  // namespace llama32med::test
