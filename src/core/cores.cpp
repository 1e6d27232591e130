#include "llama32med/core/cores.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "llama32med/core/files.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

std::optional<std::int64_t> positive_number(std::string_view text) {
  const auto word = trim(text);
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (code != std::errc{} || end != word.data() + word.size() || number <= 0) return std::nullopt;
  return number;
}

// Both in microseconds. "max", -1 and missing files mean: unlimited.
std::optional<std::size_t> cores_of(std::string_view quota, std::string_view period) {
  const auto used = positive_number(quota), of = positive_number(period);
  if (!used || !of) return std::nullopt;
  return static_cast<std::size_t>((*used - 1) / *of + 1);
}

std::optional<std::size_t> quota_of(const fs::path& group) {
  const auto words = split(trim(kernel_text(group / "cpu.max")), ' ');  // version 2: "150000 100000"
  if (words.size() == 2) return cores_of(words[0], words[1]);
  return cores_of(kernel_text(group / "cpu.cfs_quota_us"), kernel_text(group / "cpu.cfs_period_us"));
}

// The folders of a group and of all groups above it. In a container, /proc may name a path of the host, which is not
// mounted; `mount` itself is then the container's group.
std::vector<fs::path> group_folders(const fs::path& mount, const std::string& group) {
  std::vector<fs::path> folders = {mount};
  for (const auto& name : fs::path(group).relative_path().lexically_normal())
    if (!name.empty() && name != "." && name != "..") folders.push_back(folders.back() / name);
  return folders;
}

struct ControlGroup {
  std::vector<std::string> mounts;  // folders in /sys/fs/cgroup where its hierarchy may be mounted
  std::string group;
};

// A line of /proc/self/cgroup: "0::/user.slice" in version 2, "4:cpu,cpuacct:/docker/1f" in version 1.
std::optional<ControlGroup> cpu_group(const std::string& line) {
  const auto parts = split(line, ':');
  if (parts.size() < 3) return std::nullopt;
  auto group = line.substr(parts[0].size() + parts[1].size() + 2);
  if (parts[0] == "0" && parts[1].empty()) return ControlGroup{{"", "unified"}, group};
  const auto controllers = split(parts[1], ',');
  if (std::find(controllers.begin(), controllers.end(), "cpu") == controllers.end()) return std::nullopt;
  return ControlGroup{{parts[1], "cpu"}, group};
}

std::size_t cores_of_mask() {
  for (std::size_t words = 16; words <= 4096; words *= 2) {  // EINVAL: the kernel's mask is longer
    std::vector<unsigned long> mask(words);
    const auto bytes = words * sizeof(unsigned long);
    auto* set = reinterpret_cast<cpu_set_t*>(mask.data());
    if (::sched_getaffinity(0, bytes, set) == 0) return static_cast<std::size_t>(CPU_COUNT_S(bytes, set));
  }
  return std::thread::hardware_concurrency();
}

}  // namespace

std::optional<std::size_t> cpu_quota(const fs::path& root) {
  std::optional<std::size_t> smallest;
  for (const auto& line : split(kernel_text(root / "proc/self/cgroup"), '\n')) {
    const auto found = cpu_group(line);
    if (!found) continue;
    for (const auto& mount : found->mounts)
      for (const auto& folder : group_folders(root / "sys/fs/cgroup" / mount, found->group))
        if (const auto quota = quota_of(folder)) smallest = std::min(smallest.value_or(*quota), *quota);
  }
  return smallest;
}

std::size_t available_cores() {
  const auto cores = std::max<std::size_t>(cores_of_mask(), 1);
  return std::min(cpu_quota("/").value_or(cores), cores);
}

}  // namespace llama32med
