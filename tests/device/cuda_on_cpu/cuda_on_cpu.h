// CUDA's language for g++: kernels of a .cu file run on the CPU, one block after the other. Threads of a block run on
// fibers, switched at barriers and warp shuffles; one that passes none of them leaves its fiber to the next. Slow and
// exact, for tests of index arithmetic, barriers and roundings; it sees no races between warps and says nothing about
// speed.
//
// translate.py makes kernel<<<grid, block, shared, stream>>>(arguments) a call of cuda_on_cpu::launch. Pointers may be
// addresses of the counting device; they become addresses of the host on the way into the kernel.
#pragma once
#include <ucontext.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <tuple>
#include <vector>

#include "device/counting/ledger.h"
#include "device/counting/memory.h"

using cudaStream_t = void*;
enum cudaError_t { cudaSuccess = 0 };
inline cudaError_t cudaGetLastError() { return cudaSuccess; }

struct uint3 {
  unsigned x = 0, y = 0, z = 0;
};
struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
  std::size_t count() const { return std::size_t{x} * y * z; }
};

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __restrict__
#define __shared__ static  // one block at a time: a static variable is its block's
#define __launch_bounds__(...)

namespace cuda_on_cpu {

inline constexpr std::size_t kStack = 64 * 1024, kStackShift = 13 * 64;
inline constexpr std::size_t kWarp = 32;

// Where a stack was left: the compiler's own, which saves a few words and needs neither a library nor a system call.
using Place = std::array<void*, 5>;
[[noreturn, gnu::noinline]] inline void jump_to(Place& place) { __builtin_longjmp(place.data(), 1); }

// A stack, and the thread of the block that is on it. It is made once and then runs one thread after the other.
struct Fiber {
  ucontext_t beginning{};
  Place place{};  // where it paused
  std::unique_ptr<char[]> stack = std::make_unique<char[]>(kStack);
  bool started = false, idle = true;  // idle: no thread is on it
  std::size_t thread = 0;             // within the block
  uint3 index;
  std::size_t exchanges = 0;  // shuffles so far
};

// The GPU: what a kernel's thread can ask for, and the scheduler of a block.
class Machine {
 public:
  dim3 grid, block;
  uint3 block_index;

  template <class Kernel>
  void run(dim3 blocks, dim3 threads, const Kernel& kernel) {
    const std::lock_guard lock(mutex_);
    grid = blocks, block = threads;
    body_ = kernel;
    for (unsigned z = 0; z < grid.z; ++z)
      for (unsigned y = 0; y < grid.y; ++y)
        for (unsigned x = 0; x < grid.x; ++x) {
          block_index = {x, y, z};
          run_block();
        }
  }

  uint3 thread_index() const { return current_->index; }

  // Until all other threads of the block came as far, or ended.
  [[gnu::noinline]] void pause() {
    if (__builtin_setjmp(current_->place.data()) == 0) jump_to(scheduler_);
  }

  // The bits that another lane of the warp brought to the same shuffle. Two sets of lanes take turns: a thread that
  // writes one of them has passed a pause since all others read it.
  std::uint64_t exchange(std::uint64_t bits, std::size_t (*source)(std::size_t lane, int argument), int argument) {
    const auto me = current_->thread, warp = me / kWarp * kWarp;
    auto& lanes = lanes_[current_->exchanges++ % 2];
    lanes[me] = bits;
    pause();
    return lanes[warp + source(me - warp, argument)];
  }

 private:
  static void enter();

  void run_block() {
    for (auto& lanes : lanes_) lanes.assign((block.count() + kWarp - 1) / kWarp * kWarp, 0);
    next_ = 0;
    std::size_t used = 0;
    for (; next_ < block.count(); ++used) {  // brings every thread to its first barrier, or to its end
      if (used == fibers_.size()) fibers_.push_back(new_fiber());
      resume(*fibers_[used]);
    }
    for (bool alive = true; alive;) {  // each round, to the next one
      alive = false;
      for (std::size_t i = 0; i < used; ++i) {
        if (fibers_[i]->idle) continue;
        resume(*fibers_[i]);
        alive = true;
      }
    }
  }

  void run_threads(Fiber& fiber) {
    while (next_ < block.count()) {
      const auto thread = next_++;
      fiber.idle = false;
      fiber.thread = thread;
      fiber.exchanges = 0;
      fiber.index = {static_cast<unsigned>(thread % block.x), static_cast<unsigned>(thread / block.x % block.y),
                     static_cast<unsigned>(thread / block.x / block.y)};
      body_();
    }
    fiber.idle = true;
  }

  [[gnu::noinline]] void resume(Fiber& fiber) {
    current_ = &fiber;
    if (__builtin_setjmp(scheduler_.data()) != 0) return;  // it paused
    if (fiber.started) jump_to(fiber.place);
    fiber.started = true;
    setcontext(&fiber.beginning);
  }

  std::unique_ptr<Fiber> new_fiber() const {
    // Stacks begin at different lines of the cache. At the same ones, switching costs a miss per fiber.
    const auto lower = fibers_.size() * kStackShift % (kStack / 4);
    auto fiber = std::make_unique<Fiber>();
    getcontext(&fiber->beginning);
    fiber->beginning.uc_stack.ss_sp = fiber->stack.get();
    fiber->beginning.uc_stack.ss_size = kStack - lower;
    makecontext(&fiber->beginning, enter, 0);
    return fiber;
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  Fiber* current_ = nullptr;
  std::size_t next_ = 0;  // the first thread of the block that has not begun
  Place scheduler_{};
  std::function<void()> body_;
  std::array<std::vector<std::uint64_t>, 2> lanes_;
};
inline Machine machine;

inline void Machine::enter() {
  for (auto& fiber = *machine.current_;;) {
    machine.run_threads(fiber);
    machine.pause();
  }
}

// An argument of a kernel, alone or a struct: every word that is an address of the device becomes one of the host.
template <class T>
T on_host(T value) {
  if constexpr (alignof(T) >= alignof(void*)) {
    std::uintptr_t word = 0;
    for (std::size_t at = 0; at + sizeof word <= sizeof value; at += sizeof word) {
      auto* place = reinterpret_cast<char*>(&value) + at;
      std::memcpy(&word, place, sizeof word);
      if (llama32med::counting::is_device_address(word)) word -= llama32med::counting::kAway;
      std::memcpy(place, &word, sizeof word);
    }
  }
  return value;
}

// launch(name, grid, block, shared, stream)(kernel, arguments...)
inline auto launch(const char* name, dim3 grid, dim3 block, std::size_t = 0, cudaStream_t = nullptr) {
  return [=](auto kernel, auto... values) {
    llama32med::counting::note_launch(name);
    machine.run(grid, block, [kernel, there = std::make_tuple(on_host(values)...)] { std::apply(kernel, there); });
  };
}

template <class T>
T exchanged(T value, std::size_t (*source)(std::size_t, int), int argument) {
  static_assert(sizeof value <= sizeof(std::uint64_t));
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = machine.exchange(bits, source, argument);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace cuda_on_cpu

#define threadIdx (cuda_on_cpu::machine.thread_index())
#define blockIdx (cuda_on_cpu::machine.block_index)
#define blockDim (cuda_on_cpu::machine.block)
#define gridDim (cuda_on_cpu::machine.grid)

inline void __syncthreads() { cuda_on_cpu::machine.pause(); }
inline void __syncwarp(unsigned = 0xffffffffu) { cuda_on_cpu::machine.pause(); }

template <class T>
T __shfl_xor_sync(unsigned, T value, int mask) {
  return cuda_on_cpu::exchanged(
      value, [](std::size_t lane, int of) { return lane ^ static_cast<std::size_t>(of); }, mask);
}

template <class T>
T __shfl_sync(unsigned, T value, int from) {
  return cuda_on_cpu::exchanged(
      value, [](std::size_t, int lane) { return static_cast<std::size_t>(lane); }, from);
}

// One rounding each: never contracted to a fused multiply-add.
inline float __fmul_rn(float a, float b) {
  volatile float result = a * b;
  return result;
}
inline float __fadd_rn(float a, float b) {
  volatile float result = a + b;
  return result;
}
inline float __fsub_rn(float a, float b) {
  volatile float result = a - b;
  return result;
}
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fsqrt_rn(float x) { return std::sqrt(x); }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline float rsqrtf(float x) { return 1.0f / std::sqrt(x); }
template <class T>
T __ldg(const T* pointer) {
  return *pointer;
}
