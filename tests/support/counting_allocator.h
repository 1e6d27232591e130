// Counts the bytes of CPU tensors during its lifetime. Only one may exist at a time. Tensors allocated meanwhile may
// outlive it.
#pragma once
#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>

namespace llama32med::test {

class CountingAllocator final : public c10::Allocator {
 public:
  CountingAllocator() : inner_(c10::GetCPUAllocator()) {
    live_ = 0;
    reset_peak();
    c10::SetCPUAllocator(this, kPriority);
  }
  ~CountingAllocator() override { c10::SetCPUAllocator(inner_, kPriority); }

  c10::DataPtr allocate(std::size_t bytes) override {
    auto* block = static_cast<char*>(std::aligned_alloc(kHeader, (bytes / kHeader + 2) * kHeader));
    TORCH_CHECK_WITH(OutOfMemoryError, block, "out of memory");
    std::memcpy(block, &bytes, sizeof bytes);
    const auto held = live_ += bytes;
    peak_ = std::max(peak_.load(), held);
    return {block + kHeader, block + kHeader, &release, c10::kCPU};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { std::memcpy(to, from, bytes); }

  std::size_t live() const { return live_; }
  std::size_t peak() const { return peak_; }
  void reset_peak() { peak_ = live_.load(); }

 private:
  static constexpr std::uint8_t kPriority = 1;  // libtorch uses the allocator with the highest priority
  static constexpr std::size_t kHeader = 64;    // before each block: its size; as libtorch aligns

  static void release(void* data) {
    if (!data) return;
    auto* block = static_cast<char*>(data) - kHeader;
    std::size_t bytes = 0;
    std::memcpy(&bytes, block, sizeof bytes);
    live_ -= bytes;
    std::free(block);
  }

  c10::Allocator* inner_;
  static inline std::atomic<std::size_t> live_ = 0, peak_ = 0;
};

}  // namespace llama32med::test
