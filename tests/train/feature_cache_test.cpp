#include "llama32med/train/feature_cache.h"

#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <fstream>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "llama32med/weights/safetensors.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

ImageStates some_states(at::ScalarType type = at::kFloat) { return {at::randn({2, 5, 8}).to(type), {6, {2, 3}}, 1, 3}; }

void expect_same(const std::optional<ImageStates>& found, const ImageStates& put) {
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->values.scalar_type(), put.values.scalar_type());
  EXPECT_TRUE(found->values.equal(put.values));
  EXPECT_EQ(found->extent, put.extent);
  EXPECT_EQ(found->real_tiles, put.real_tiles);
  EXPECT_EQ(found->padded_copies, put.padded_copies);
}

class FeatureCacheKinds : public ::testing::TestWithParam<FeatureCacheKind> {
 protected:
  FeatureCacheConfig config() const { return {.kind = GetParam(), .folder = folder_ / "cache"}; }
  test::TempFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Kinds, FeatureCacheKinds,
                         ::testing::Values(FeatureCacheKind::kMemory, FeatureCacheKind::kDisk));

TEST_P(FeatureCacheKinds, ReturnsWhatWasPut) {
  FeatureCache cache(config(), "abc123");
  const auto a = some_states(), b = some_states(at::kBFloat16);
  EXPECT_FALSE(cache.get("a/1.png").has_value());
  cache.put("a/1.png", a);
  cache.put("a/2.png", b);
  cache.put("a/1.png", b);  // the first one is kept
  expect_same(cache.get("a/1.png"), a);
  expect_same(cache.get("a/2.png"), b);
  EXPECT_EQ(cache.hits(), 2);
  EXPECT_EQ(cache.misses(), 1);
  EXPECT_GE(cache.bytes(), 2 * 5 * 8 * (4 + 2));
  EXPECT_FALSE(cache.full());
}

TEST_P(FeatureCacheKinds, KeepsACopyOfABatchViewWithoutItsGraph) {
  FeatureCache cache(config(), "k");
  const auto batch = at::randn({3, 2, 5, 8}).set_requires_grad(true);
  const auto expected = batch.detach().select(0, 1).clone();
  cache.put("x", {(batch * 1).select(0, 1), {}, 2, 0});
  batch.detach().zero_();
  const auto found = cache.get("x");
  expect_same(found, {expected, {}, 2, 0});
  EXPECT_FALSE(found->values.requires_grad());
  EXPECT_EQ(found->values.storage().nbytes(), expected.nbytes());
}

TEST_P(FeatureCacheKinds, WhenFullAddsNothingAndKeepsItsContent) {
  auto limited = config();
  limited.limit_mib = 1;
  FeatureCache cache(limited, "k");
  const ImageStates large{at::randn({3, 64, 1024}), {}, 3, 0};  // 768 KiB
  cache.put("a", large);
  EXPECT_FALSE(cache.full());
  cache.put("b", large);
  EXPECT_TRUE(cache.full());
  EXPECT_FALSE(cache.get("b").has_value());
  expect_same(cache.get("a"), large);
  EXPECT_LE(cache.bytes(), 1 << 20);
}

TEST(FeatureCache, OffKeepsNothing) {
  FeatureCache cache({}, "k");
  cache.put("a", some_states());
  EXPECT_FALSE(cache.get("a").has_value());
  EXPECT_EQ(cache.bytes(), 0);
}

TEST(FeatureCache, DiskCacheIsReusedOnlyWithTheSameKey) {
  const test::TempFolder folder;
  const FeatureCacheConfig config{.kind = FeatureCacheKind::kDisk, .folder = folder / "cache"};
  const auto states = some_states();
  std::int64_t bytes = 0;
  {
    FeatureCache cache(config, "first");
    cache.put("a", states);
    bytes = cache.bytes();
  }
  FeatureCache again(config, "first"), other(config, "second");
  expect_same(again.get("a"), states);
  EXPECT_EQ(again.bytes(), bytes);
  EXPECT_FALSE(other.get("a").has_value());
  for (const auto& file : fs::directory_iterator(folder / "cache" / "first"))  // a folder copied to another key
    fs::copy(file.path(), folder / "cache" / "second" / file.path().filename());
  EXPECT_FALSE(other.get("a").has_value());
}

TEST(FeatureCache, ADamagedFileCountsAsAbsentAndIsReplaced) {
  const test::TempFolder folder;
  const FeatureCacheConfig config{.kind = FeatureCacheKind::kDisk, .folder = folder.path()};
  FeatureCache cache(config, "k");
  const auto states = some_states();
  cache.put("a", states);
  for (const auto& file : fs::directory_iterator(folder / "k")) fs::resize_file(file.path(), 100);
  EXPECT_FALSE(cache.get("a").has_value());
  cache.put("a", states);
  expect_same(cache.get("a"), states);
}

TEST(FeatureCache, AFileWithOtherNumbersOrShapesCountsAsAbsentAndIsReplaced) {
  const test::TempFolder folder;
  const FeatureCacheConfig config{.kind = FeatureCacheKind::kDisk, .folder = folder.path()};
  FeatureCache cache(config, "k");
  const auto states = some_states();
  cache.put("a", states);
  const auto path = fs::directory_iterator(folder / "k")->path();
  const SafetensorsFile before(path);
  for (const auto* number : {"-5", "99", "x", ""}) {
    auto metadata = before.metadata();
    metadata["real_tiles"] = number;
    write_safetensors(path, {{"values", states.values}}, metadata);
    EXPECT_FALSE(cache.get("a").has_value()) << number;
  }
  write_safetensors(path, {{"values", states.values.narrow(1, 0, 4).contiguous()}}, before.metadata());
  EXPECT_FALSE(cache.get("a").has_value());
  cache.put("a", states);
  expect_same(cache.get("a"), states);
}

TEST(FeatureCache, KeyMustBeAFileName) {
  EXPECT_THROW(FeatureCache({}, ""), std::logic_error);
  EXPECT_THROW(FeatureCache({}, "../x"), std::logic_error);
}

TEST(FeatureCache, IsDescribed) {
  FeatureCacheConfig config;
  read_config(parse_json(R"({"kind": "disk", "folder": "f", "limit_mib": 5})", "text"), config, "text");
  EXPECT_EQ(config.kind, FeatureCacheKind::kDisk);
  EXPECT_EQ(config.folder, "f");
  EXPECT_EQ(config.limit_mib, 5);
}

}  // namespace
}  // namespace llama32med
