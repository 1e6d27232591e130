#include "kernels/cuda/rope.cuh"
#include "kernels/cuda/rope.h"

namespace llama32med::kernels {
namespace {

// One block per head and token: a row [d].
template <class T>
__global__ void rotate_kernel(RotateLaunch job) {
  const std::int64_t token = blockIdx.x, head = blockIdx.y, row = blockIdx.z;
  const T* in = static_cast<const T*>(job.x) + row * job.batch_stride + head * job.head_stride + token * job.row_stride;
  T* out = static_cast<T*>(job.out) + ((row * job.heads + head) * job.length + token) * 2 * job.half;
  const std::int64_t angles = (row * job.length + token) * job.half;
  rotate_row(in, out, job.cos + angles, job.sin + angles, job.half, job.direction);
}

template <class T>
void rotate(const RotateLaunch& job, cudaStream_t stream) {
  const dim3 rows(static_cast<unsigned>(job.length), static_cast<unsigned>(job.heads),
                  static_cast<unsigned>(job.batch));
  const auto threads = static_cast<unsigned>(std::clamp<std::int64_t>(job.half, kWarp, kMostThreads));
  rotate_kernel<T><<<rows, threads, 0, stream>>>(job);
}

}  // namespace

cudaError_t launch_rotate(Float type, const RotateLaunch& job, cudaStream_t stream) {
  return with_type(type, [&](auto value) { rotate<decltype(value)>(job, stream); });
}

}  // namespace llama32med::kernels
