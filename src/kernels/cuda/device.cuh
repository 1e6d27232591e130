// What the kernels of all families share: 16-byte loads, sums over a row, and the choice of a type.
#pragma once
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <algorithm>

#include "kernels/cuda/launch.h"

namespace llama32med::kernels {

inline constexpr int kWarp = 32;
inline constexpr int kMostThreads = 512;

// The elements of one 16-byte load. A kernel that reads Packed takes either these, or single elements where a row is
// not a multiple of them or does not begin at a multiple of 16 bytes.
template <class T>
struct alignas(16) Pack {
  static constexpr int kSize = 16 / sizeof(T);
  T at[kSize];
};

template <class T, class Packed>
__device__ T& element(Packed& pack, int i) {
  return reinterpret_cast<T*>(&pack)[i];
}
template <class T, class Packed>
__device__ float wide_element(const Packed& pack, int i) {
  return static_cast<float>(reinterpret_cast<const T*>(&pack)[i]);
}

struct Sum {
  __device__ float operator()(float a, float b) const { return a + b; }
};
struct Largest {  // NaN is the largest
  __device__ float operator()(float a, float b) const { return b > a || b != b ? b : a; }
};

template <class Combine, int kCount>
__device__ void combine_warp(float (&values)[kCount], Combine combine) {
  for (int offset = kWarp / 2; offset > 0; offset /= 2)
    for (int i = 0; i < kCount; ++i) values[i] = combine(values[i], __shfl_xor_sync(0xffffffffu, values[i], offset));
}

// Combines each value over the threads of a row (blockDim.x, whole warps); every thread gets the results. 0 must be
// neutral. Only blocks with a single row may be wider than a warp. At most once per kernel: the shared memory is not
// protected against a second call.
template <class Combine, int kCount>
__device__ void combine_row(float (&values)[kCount], Combine combine) {
  combine_warp(values, combine);
  if (blockDim.x == kWarp) return;
  __shared__ float of_warp[kCount][kMostThreads / kWarp];
  const int warp = threadIdx.x / kWarp, lane = threadIdx.x % kWarp, warps = blockDim.x / kWarp;
  if (lane == 0)
    for (int i = 0; i < kCount; ++i) of_warp[i][warp] = values[i];
  __syncthreads();
  for (int i = 0; i < kCount; ++i) values[i] = lane < warps ? of_warp[i][lane] : 0.0f;
  combine_warp(values, combine);
}

// The threads of a row of `packs` loads, and how many rows a block then has.
struct RowBlock {
  explicit RowBlock(std::int64_t packs)
      : threads(std::clamp(static_cast<int>((packs + kWarp - 1) / kWarp * kWarp), kWarp, kMostThreads)),
        rows(threads == kWarp ? 4 : 1) {}
  dim3 block() const { return dim3(threads, rows); }
  unsigned blocks(std::int64_t of_rows) const { return static_cast<unsigned>((of_rows + rows - 1) / rows); }

  int threads, rows;
};

inline bool aligned(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0; }

// Calls `action` with a value of the given type.
template <class Action>
cudaError_t with_type(Float type, Action action) {
  switch (type) {
    case Float::k32:
      action(float{});
      break;
    case Float::k16:
      action(__half{});
      break;
    case Float::kBf16:
      action(__nv_bfloat16{});
      break;
  }
  return cudaGetLastError();
}

}  // namespace llama32med::kernels
