#include "kernels/cuda/adamw.h"

#include <algorithm>
#include <cmath>

#include "kernels/cuda/module.h"
#include "llama32med/kernels/adamw.h"

namespace llama32med::kernels {
namespace {

static_assert(kThreadsPerBlock == kEightBitBlock);

constexpr std::size_t kParts = 6;  // value, gradient, m, v, m_largest, v_largest

template <class T>
T* data(const at::Tensor& x, std::int64_t count, const at::Tensor& like) {
  TORCH_CHECK(x.numel() == count && x.is_contiguous() && x.device() == like.device(), "eight_bit_adamw: a tensor has ",
              x.numel(), " elements and needs ", count, ", is not contiguous or is on another device");
  return x.mutable_data_ptr<T>();
}

EightBitTensorLaunch tensor_of(at::TensorList parts, std::int64_t first_block) {
  const auto& value = parts[0];
  const auto count = value.numel(), blocks = (count + kEightBitBlock - 1) / kEightBitBlock;
  return {data<float>(value, count, value),
          data<float>(parts[1], count, value),
          data<std::uint8_t>(parts[2], count, value),
          data<std::uint8_t>(parts[3], count, value),
          data<float>(parts[4], blocks, value),
          data<float>(parts[5], blocks, value),
          count,
          first_block};
}

void set_rates(EightBitAdamWLaunch& job, c10::ArrayRef<double> rates) {
  TORCH_CHECK(rates.size() == 6, "eight_bit_adamw: needs 6 rates");
  const auto learning_rate = rates[0], beta1 = rates[1], beta2 = rates[2], steps = rates[5];
  job.kept = static_cast<float>(1 - learning_rate * rates[4]);
  job.m_rate = static_cast<float>(1 - beta1);
  job.v_rate = static_cast<float>(1 - beta2);
  job.v_kept = static_cast<float>(beta2);
  job.v_correction = static_cast<float>(std::sqrt(1 - std::pow(beta2, steps)));
  job.eps = static_cast<float>(rates[3]);
  job.step_size = static_cast<float>(learning_rate / (1 - std::pow(beta1, steps)));
}

void set_maps(EightBitAdamWLaunch& job, at::TensorList maps, const at::Tensor& like) {
  TORCH_CHECK(maps.size() == 4, "eight_bit_adamw: needs 4 tables");
  job.m_values = data<float>(maps[0], 256, like), job.m_borders = data<float>(maps[1], 255, like);
  job.v_values = data<float>(maps[2], 256, like), job.v_borders = data<float>(maps[3], 255, like);
}

void eight_bit_adamw_cuda(at::TensorList tensors, at::TensorList maps, c10::ArrayRef<double> rates) {
  TORCH_CHECK(tensors.size() % kParts == 0, "eight_bit_adamw: needs 6 tensors per update");
  if (tensors.empty()) return;
  const c10::cuda::CUDAGuard guard(tensors[0].device());
  EightBitAdamWLaunch job{};
  set_rates(job, rates);
  set_maps(job, maps, tensors[0]);
  for (auto left = tensors; !left.empty();) {
    const auto count = std::min<std::size_t>(left.size() / kParts, kTensorsPerLaunch);
    job.block_count = 0;
    job.tensor_count = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto tensor = tensor_of(left.slice(i * kParts, kParts), job.block_count);
      if (tensor.count == 0) continue;
      job.tensors[job.tensor_count++] = tensor;
      job.block_count += (tensor.count + kEightBitBlock - 1) / kEightBitBlock;
    }
    left = left.slice(count * kParts);
    if (job.block_count > 0) C10_CUDA_CHECK(launch_eight_bit_adamw(job, c10::cuda::getCurrentCUDAStream()));
  }
}

}  // namespace

TORCH_LIBRARY_IMPL(l32m, LLAMA32MED_KERNELS_FOR, library) { library.impl("eight_bit_adamw_", eight_bit_adamw_cuda); }

}  // namespace llama32med::kernels
