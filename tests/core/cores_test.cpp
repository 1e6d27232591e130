#include "llama32med/core/cores.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <map>
#include <string>

#include "llama32med/core/files.h"
#include "support/temp_folder.h"

namespace llama32med::test {
namespace {

using Files = std::map<std::string, std::string>;  // path below the root -> text

std::optional<std::size_t> quota_with(const Files& files) {
  const TempFolder root;
  for (const auto& [path, text] : files) write_file(root.path() / path, text);
  return cpu_quota(root.path());
}

TEST(CpuQuota, OfVersion2IsRoundedUp) {
  const auto quota = [](const std::string& limit) {
    return quota_with({{"proc/self/cgroup", "0::/job\n"}, {"sys/fs/cgroup/job/cpu.max", limit}});
  };
  EXPECT_EQ(quota("150000 100000\n"), 2u);
  EXPECT_EQ(quota("200000 100000\n"), 2u);
  EXPECT_EQ(quota("1000 100000\n"), 1u);
  EXPECT_EQ(quota("max 100000\n"), std::nullopt);
  for (const auto* broken : {"", "\n", "100000", "x 100000", "100000 0", "-1 100000", "0 100000"})
    EXPECT_EQ(quota(broken), std::nullopt) << broken;
}

TEST(CpuQuota, OfVersion1IsRoundedUp) {
  const auto quota = [](const std::string& mount, const std::string& limit) {
    const auto folder = "sys/fs/cgroup/" + mount + "/job/";
    return quota_with({{"proc/self/cgroup", "7:memory:/other\n4:cpu,cpuacct:/job\n0::/\n"},
                       {folder + "cpu.cfs_quota_us", limit},
                       {folder + "cpu.cfs_period_us", "100000\n"}});
  };
  EXPECT_EQ(quota("cpu,cpuacct", "250000\n"), 3u);
  EXPECT_EQ(quota("cpu", "100000\n"), 1u);
  EXPECT_EQ(quota("cpu,cpuacct", "-1\n"), std::nullopt);
  EXPECT_EQ(quota("memory", "100000\n"), std::nullopt);
}

TEST(CpuQuota, IsTheSmallestOfAGroupAndThoseAboveIt) {
  Files files = {{"proc/self/cgroup", "0::/slice/job\n"},
                 {"sys/fs/cgroup/slice/cpu.max", "300000 100000"},
                 {"sys/fs/cgroup/slice/job/cpu.max", "max 100000"}};
  EXPECT_EQ(quota_with(files), 3u);
  files["sys/fs/cgroup/slice/job/cpu.max"] = "200000 100000";
  EXPECT_EQ(quota_with(files), 2u);
  files["sys/fs/cgroup/slice/job/cpu.max"] = "400000 100000";
  EXPECT_EQ(quota_with(files), 3u);
}

TEST(CpuQuota, OfAContainerIsAtTheMountWhereItsPathIsTheHosts) {
  EXPECT_EQ(quota_with({{"proc/self/cgroup", "4:cpu,cpuacct:/docker/1f:2e\n"},
                        {"sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "400000"},
                        {"sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000"}}),
            4u);
  EXPECT_EQ(quota_with({{"proc/self/cgroup", "0::/../../job\n"}, {"sys/fs/cgroup/cpu.max", "400000 100000"}}), 4u);
}

TEST(CpuQuota, IsNoneWithoutControlGroups) {
  EXPECT_EQ(quota_with({}), std::nullopt);
  EXPECT_EQ(quota_with({{"proc/self/cgroup", "\nnonsense\n0:/\n"}}), std::nullopt);
}

TEST(AvailableCores, AreThoseOfTheAffinityMask) {
  cpu_set_t all, one;
  ASSERT_EQ(::sched_getaffinity(0, sizeof all, &all), 0);
  EXPECT_GE(available_cores(), 1u);
  EXPECT_LE(available_cores(), static_cast<std::size_t>(CPU_COUNT(&all)));
  int first = 0;
  while (!CPU_ISSET(first, &all)) ++first;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(available_cores(), 1u);
  ::sched_setaffinity(0, sizeof all, &all);
}

}  // namespace
}  // namespace llama32med::test
