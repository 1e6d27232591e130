#include <ATen/DeviceAccelerator.h>
#include <malloc.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include "llama32med/core/files.h"
#include "llama32med/core/strings.h"
#include "llama32med/tensor/device.h"

namespace llama32med {
namespace {

// Reads a line such as "VmHWM:   123456 kB" from a file in /proc, in bytes; 0 if there is no such line.
std::int64_t kibibytes_of(const char* file, std::string_view key) {
  for (const auto& line : split(kernel_text(file), '\n')) {
    if (!line.starts_with(key) || line[key.size()] != ':') continue;
    const auto number = trim(std::string_view(line).substr(key.size() + 1));
    std::int64_t kibibytes = 0;
    std::from_chars(number.data(), number.data() + number.size(), kibibytes);
    return kibibytes * 1024;
  }
  return 0;
}

std::int64_t status_bytes(std::string_view key) { return kibibytes_of("/proc/self/status", key); }

// The number in a file of this container's control group (version 2), if there is one.
std::optional<std::int64_t> container_number(const char* name) {
  const auto text = kernel_text(std::filesystem::path("/sys/fs/cgroup") / name);
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc{} ? std::optional(number) : std::nullopt;  // "max": no limit
}

// Before the first tensor on a GPU, its allocator has no statistics and asking for them throws.
bool has_statistics(const at::Device& device) {
  return !device.is_cpu() && at::getDeviceAllocator(device.type())->initialized();
}

}  // namespace

std::int64_t available_host_memory() {
  auto available = kibibytes_of("/proc/meminfo", "MemAvailable");
  const auto limit = container_number("memory.max"), used = container_number("memory.current");
  if (limit && used) available = std::min(available, std::max<std::int64_t>(*limit - *used, 0));
  return available;
}

void return_freed_memory() { ::mallopt(M_MMAP_THRESHOLD, 4 << 20); }

std::int64_t free_device_memory(const at::Device& gpu) {
  return static_cast<std::int64_t>(at::accelerator::getMemoryInfo(gpu.index()).first);
}

std::int64_t host_memory() { return status_bytes("VmRSS"); }
std::int64_t host_private_memory() { return status_bytes("RssAnon"); }
std::int64_t peak_host_memory() { return status_bytes("VmHWM"); }

std::int64_t peak_device_memory(const at::Device& gpu) {
  if (!has_statistics(gpu)) return 0;
  constexpr std::size_t kAllPools = 0;  // StatType::AGGREGATE
  return at::accelerator::getDeviceStats(gpu.index()).allocated_bytes[kAllPools].peak;
}

void reset_peak_device_memory(const at::Device& gpu) {
  if (has_statistics(gpu)) at::accelerator::resetPeakStats(gpu.index());
}

void synchronize(const at::Device& device) {
  if (!device.is_cpu()) at::accelerator::synchronizeDevice(device.index());
}

}  // namespace llama32med
