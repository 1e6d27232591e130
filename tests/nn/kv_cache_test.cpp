#include "llama32med/nn/kv_cache.h"

#include <ATen/ops/full.h>
#include <gtest/gtest.h>

namespace llama32med {
namespace {

KeysValues filled(std::int64_t rows, std::int64_t length, double value) {
  return {at::full({rows, 1, length, 2}, value), at::full({rows, 1, length, 2}, -value)};
}

double key_at(const KeysValues& all, std::int64_t row, std::int64_t token) {
  return all.keys[row][0][token][0].item<double>();
}

TEST(KvCache, RowsOfDifferentLengthsContinueWhereTheyEnd) {
  KvCache cache(1);
  EXPECT_TRUE(cache.empty());
  cache.extend(0, filled(2, 3, 1));
  cache.advance({3, 1});  // row 1 had two padding tokens
  const auto all = cache.extend(0, filled(2, 1, 2));
  cache.advance({1, 1});
  EXPECT_EQ(cache.lengths(), (std::vector<std::int64_t>{4, 2}));
  EXPECT_EQ(all.keys.size(2), 4);
  EXPECT_EQ(key_at(all, 0, 3), 2);
  EXPECT_EQ(key_at(all, 1, 0), 1);
  EXPECT_EQ(key_at(all, 1, 1), 2);  // padding is overwritten
  EXPECT_EQ(all.values[1][0][1][1].item<double>(), -2);
}

TEST(KvCache, RepeatsRows) {
  KvCache cache(1);
  auto first = filled(2, 2, 1);
  first.keys[1].fill_(5);
  cache.extend(0, first);
  cache.advance({2, 1});
  cache.repeat_rows({1, 3});
  EXPECT_EQ(cache.lengths(), (std::vector<std::int64_t>{2, 1, 1, 1}));
  const auto all = cache.extend(0, filled(4, 1, 2));
  EXPECT_EQ(key_at(all, 0, 0), 1);
  EXPECT_EQ(key_at(all, 3, 0), 5);
  EXPECT_EQ(key_at(all, 3, 1), 2);
}

TEST(KvCache, RoomIsReservedAheadInWholeBlocks) {
  KvCache cache(1);
  cache.extend(0, filled(1, 3, 1));
  cache.advance({3});
  EXPECT_EQ(cache.capacity(1), 64);
  cache.reserve(100);
  EXPECT_EQ(cache.capacity(1), 128);
  EXPECT_EQ(cache.room(0, filled(1, 1, 2).keys).keys.size(2), 128);
}

TEST(KvCache, GrowsBeyondItsInitialCapacity) {
  KvCache cache(1);
  for (int step = 0; step < 200; ++step) {
    const auto all = cache.extend(0, filled(1, 1, step));
    cache.advance({1});
    ASSERT_EQ(all.keys.size(2), step + 1);
    ASSERT_EQ(key_at(all, 0, 0), 0);
    ASSERT_EQ(key_at(all, 0, step), step);
  }
}

TEST(KvCache, KeepsAndRepeatsRows) {
  KvCache cache(1);
  cache.extend(0, {at::full({1, 1, 2, 2}, 5), at::full({1, 1, 2, 2}, 6)});
  cache.advance({2});
  cache.keep_rows({0, 0, 0});
  EXPECT_EQ(cache.lengths(), (std::vector<std::int64_t>{2, 2, 2}));
  cache.keep_rows({1});
  EXPECT_EQ(cache.lengths().size(), 1u);
  EXPECT_EQ(key_at(cache.extend(0, filled(1, 1, 9)), 0, 1), 5);
}

TEST(KvCache, AppendsTheRowsOfAnotherCache) {
  KvCache first(1), second(1);
  first.extend(0, filled(1, 2, 1));
  first.advance({2});
  second.extend(0, filled(2, 90, 3));
  second.advance({90, 4});
  first.add_rows(std::move(second));
  EXPECT_EQ(first.lengths(), (std::vector<std::int64_t>{2, 90, 4}));
  const auto all = first.extend(0, filled(3, 1, 7));
  EXPECT_EQ(key_at(all, 0, 2), 7);
  EXPECT_EQ(key_at(all, 1, 89), 3);
  EXPECT_EQ(key_at(all, 2, 4), 7);
  KvCache none(1);
  none.add_rows(std::move(first));
  EXPECT_EQ(none.lengths().size(), 3u);
}

}  // namespace
}  // namespace llama32med
