// Counts the bytes of CPU tensors during its lifetime. Only one may exist at a time; tensors allocated meanwhile must
// be freed before it is destroyed.
#pragma once
#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <atomic>
#include <cstring>

namespace llama32med::test {

class CountingAllocator final : public c10::Allocator {
 public:
  CountingAllocator() : inner_(c10::GetCPUAllocator()) { c10::SetCPUAllocator(this, kPriority); }
  ~CountingAllocator() override { c10::SetCPUAllocator(inner_, kPriority); }

  c10::DataPtr allocate(std::size_t bytes) override {
    const auto held = live_ += bytes;
    peak_ = std::max(peak_.load(), held);
    auto* block = new Block{inner_->allocate(bytes), bytes, this};
    return {block->data.get(), block, &release, c10::kCPU};
  }
  void copy_data(void* to, const void* from, std::size_t bytes) const override { std::memcpy(to, from, bytes); }

  std::size_t live() const { return live_; }
  std::size_t peak() const { return peak_; }

 private:
  static constexpr std::uint8_t kPriority = 1;  // libtorch uses the allocator with the highest priority
  struct Block {
    c10::DataPtr data;
    std::size_t bytes;
    CountingAllocator* owner;
  };
  static void release(void* context) {
    auto* block = static_cast<Block*>(context);
    block->owner->live_ -= block->bytes;
    delete block;
  }
  c10::Allocator* inner_;
  std::atomic<std::size_t> live_ = 0, peak_ = 0;
};

}  // namespace llama32med::test
