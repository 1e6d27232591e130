#include "llama32med/core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace llama32med {
namespace {

TEST(Random, Fnv1aEqualsItsPublishedVectors) {
  EXPECT_EQ(fnv1a64(""), 0xcbf29ce484222325);
  EXPECT_EQ(fnv1a64("a"), 0xaf63dc4c8601ec8c);
  EXPECT_EQ(fnv1a64("foobar"), 0x85944171f73967e8);
}

TEST(Random, SplitmixEqualsItsPublishedSequence) {  // seed 1234567, of the public-domain C code's test
  EXPECT_EQ(splitmix64_at(1234567, 0), 6457827717110365317u);
  EXPECT_EQ(splitmix64_at(1234567, 1), 3203168211198807973u);
  EXPECT_EQ(splitmix64_at(1234567, 2), 9817491932198370423u);
}

TEST(Random, AStreamResumesFromItsPosition) {
  RandomStream stream(7);
  stream.next(), stream.next();
  RandomStream again(7, stream.position());
  EXPECT_EQ(stream.next(), again.next());
}

TEST(Random, BelowIsUniform) {
  RandomStream stream(1);
  std::vector<int> counts(7);
  for (int i = 0; i < 70000; ++i) ++counts[stream.below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 400);
}

TEST(Random, ShuffleKeepsTheItems) {
  std::vector<int> items(100), sorted(100);
  std::iota(items.begin(), items.end(), 0);
  sorted = items;
  RandomStream(3).shuffle(items);
  EXPECT_NE(items, sorted);
  std::sort(items.begin(), items.end());
  EXPECT_EQ(items, sorted);
}

}  // namespace
}  // namespace llama32med
