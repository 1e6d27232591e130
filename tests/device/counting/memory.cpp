#include "device/counting/memory.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "device/counting/ledger.h"

namespace llama32med::counting {
namespace {

constexpr std::size_t kAlignment = 512;  // as CUDA's allocator
constexpr std::size_t kCapacity = std::size_t{80} << 30;
constexpr int kFill = 0x7f;          // 3.4e38 as fp32 and bf16
constexpr std::size_t kGuard = 512;  // bytes behind each allocation that nothing may write
constexpr unsigned char kGuardFill = 0xa5;

thread_local c10::DeviceIndex current = 0;

struct Block {
  void* host;
  std::int64_t bytes;
};

// Finds kernels that write beyond the end of a tensor.
void check_guard(const Block& block) {
  const auto* guard = static_cast<const unsigned char*>(block.host) + block.bytes;
  if (std::all_of(guard, guard + kGuard, [](unsigned char byte) { return byte == kGuardFill; })) return;
  std::fprintf(stderr, "counting device: something wrote behind a tensor of %lld bytes\n",
               static_cast<long long>(block.bytes));
  std::abort();
}

void release(void* context) {
  auto* block = static_cast<Block*>(context);
  check_guard(*block);
  note_release(block->bytes);
  std::free(block->host);
  delete block;
}

}  // namespace

c10::DataPtr allocate_on(c10::DeviceIndex index, std::size_t bytes) {
  if (bytes == 0) return {nullptr, nullptr, &release, device(index)};
  void* host = std::aligned_alloc(kAlignment, (bytes + kGuard + kAlignment - 1) / kAlignment * kAlignment);
  TORCH_CHECK_WITH(OutOfMemoryError, host, "counting device: out of memory");
  std::memset(host, kFill, bytes);
  std::memset(static_cast<char*>(host) + bytes, kGuardFill, kGuard);
  note_allocation(static_cast<std::int64_t>(bytes));
  return {device_address(host), new Block{host, static_cast<std::int64_t>(bytes)}, &release, device(index)};
}

namespace {

class Memory final : public c10::DeviceAllocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override { return allocate_on(current, bytes); }
  c10::DeleterFnPtr raw_deleter() const override { return nullptr; }
  void copy_data(void* to, const void* from, std::size_t count) const override {
    std::memcpy(host_address(to), host_address(from), count);
  }

  bool initialized() override { return true; }
  void emptyCache(c10::MempoolId_t) override {}
  void recordStream(const c10::DataPtr&, c10::Stream) override {}
  void resetAccumulatedStats(c10::DeviceIndex) override {}
  void resetPeakStats(c10::DeviceIndex) override { note_peak_reset(); }
  std::pair<std::size_t, std::size_t> getMemoryInfo(c10::DeviceIndex) override {
    return {kCapacity - static_cast<std::size_t>(counts().held_bytes), kCapacity};
  }
  c10::CachingDeviceAllocator::DeviceStats getDeviceStats(c10::DeviceIndex) override {
    constexpr std::size_t kAllPools = 0;
    const auto now = counts();
    c10::CachingDeviceAllocator::DeviceStats stats;
    stats.allocated_bytes[kAllPools].current = now.held_bytes;
    stats.allocated_bytes[kAllPools].peak = now.peak_bytes;
    return stats;
  }
};

}  // namespace

void* device_address(void* host) {
  return host ? reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(host) + kAway) : nullptr;
}

void* host_address(const void* device) {
  return device ? reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(device) - kAway) : nullptr;
}

bool is_device_address(std::uintptr_t address) { return address >= kAway && address - kAway < kAway >> 3; }

c10::DeviceAllocator& memory() {
  static auto& only = *new Memory;  // never destroyed: tensors may outlive static variables
  return only;
}

c10::DeviceIndex device_count() {
  static const auto count = [] {
    const char* text = std::getenv("COUNTING_DEVICES");
    return static_cast<c10::DeviceIndex>(std::clamp(text ? std::atoi(text) : 1, 1, 16));
  }();
  return count;
}

c10::DeviceIndex current_device() { return current; }
void set_current_device(c10::DeviceIndex index) { current = index; }

}  // namespace llama32med::counting
