#include "kernels/cuda/nf4.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <bit>
#include <iterator>

#include "kernels/cuda/module.h"
#include "llama32med/kernels/nf4.h"

namespace llama32med::kernels {
namespace {

static_assert(kMostMatvecRows == kMatvecRows);

Divisor divisor(std::int64_t by) {
  const auto bits = static_cast<std::uint64_t>(by);
  return {by, std::has_single_bit(bits) ? std::countr_zero(bits) : -1};
}

// The checked parts of a weight; contiguous, and alive as long as this.
class Parts {
 public:
  Parts(at::TensorList parts, at::IntArrayRef blocks, std::int64_t count) : nested_(parts.size() == 5) {
    TORCH_CHECK(nested_ || parts.size() == 3, "nf4: a weight has 3 tensors, or 5 with double quantization");
    TORCH_CHECK(blocks.size() == 2 && blocks[0] > 0 && blocks[0] % 2 == 0 && blocks[1] > 0,
                "nf4: block sizes must be positive, and the first even");
    block_ = blocks[0], nested_block_ = blocks[1];
    const auto scales = (count + block_ - 1) / block_;
    take(parts[0], at::kByte, (count + 1) / 2);
    take(parts[1], nested_ ? at::kByte : at::kFloat, scales);
    take(parts[2], at::kFloat, 16);
    if (!nested_) return;
    take(parts[3], at::kFloat, (scales + nested_block_ - 1) / nested_block_);
    take(parts[4], at::kFloat, 256);
  }

  at::Device device() const { return parts_[0].device(); }
  Nf4Codes codes(double offset) const {
    return {parts_[0].const_data_ptr<std::uint8_t>(),
            parts_[1].const_data_ptr(),
            parts_[2].const_data_ptr<float>(),
            nested_ ? parts_[3].const_data_ptr<float>() : nullptr,
            nested_ ? parts_[4].const_data_ptr<float>() : nullptr,
            static_cast<float>(offset),
            divisor(block_),
            divisor(nested_block_)};
  }

 private:
  void take(const at::Tensor& part, at::ScalarType type, std::int64_t count) {
    TORCH_CHECK(part.scalar_type() == type && part.numel() == count, "nf4: part ", parts_.size(), " has ", part.numel(),
                " values of type ", part.scalar_type(), ", the weight needs ", count, " of ", type);
    TORCH_CHECK(parts_.empty() || part.device() == device(), "nf4: parts on two devices");
    parts_.push_back(part.contiguous());
  }

  bool nested_;
  std::int64_t block_ = 0, nested_block_ = 0;
  std::vector<at::Tensor> parts_;
};

at::Tensor nf4_dequantize_cuda(at::TensorList weight, double offset, at::IntArrayRef blocks, at::IntArrayRef shape,
                               at::ScalarType dtype) {
  const auto count = c10::multiply_integers(shape);
  const Parts parts(weight, blocks, count);
  const c10::cuda::CUDAGuard guard(parts.device());
  auto out = at::empty(shape, weight[0].options().dtype(dtype));
  if (count == 0) return out;
  const Nf4DequantizeLaunch job{parts.codes(offset), out.mutable_data_ptr(), count};
  C10_CUDA_CHECK(launch_nf4_dequantize(float_type(out), job, c10::cuda::getCurrentCUDAStream()));
  return out;
}

std::tuple<at::Tensor, at::Tensor> nf4_quantize_cuda(const at::Tensor& weight, std::int64_t block,
                                                     c10::ArrayRef<double> middles) {
  Nf4QuantizeLaunch job{};
  TORCH_CHECK(block > 0 && block % 2 == 0, "nf4_quantize: block size ", block);
  TORCH_CHECK(middles.size() == std::size(job.middles), "nf4_quantize: ", middles.size(), " middles");
  const c10::cuda::CUDAGuard guard(weight.device());
  const auto dense = weight.contiguous();
  job.count = dense.numel(), job.block = block, job.blocks = (job.count + block - 1) / block;
  auto codes = at::empty({(job.count + 1) / 2, 1}, dense.options().dtype(at::kByte));
  auto absmax = at::empty({job.blocks}, dense.options().dtype(at::kFloat));
  if (job.count == 0) return {codes, absmax};
  job.weight = dense.const_data_ptr();
  job.codes = codes.mutable_data_ptr<std::uint8_t>();
  job.absmax = absmax.mutable_data_ptr<float>();
  std::copy(middles.begin(), middles.end(), job.middles);
  C10_CUDA_CHECK(launch_nf4_quantize(float_type(dense), job, c10::cuda::getCurrentCUDAStream()));
  return {codes, absmax};
}

at::Tensor nf4_matvec_cuda(const at::Tensor& x, at::TensorList weight, double offset, at::IntArrayRef blocks,
                           std::int64_t outputs) {
  TORCH_CHECK(x.dim() > 0 && x.size(-1) > 0 && outputs > 0, "nf4_matvec: nothing to multiply");
  const auto inputs = x.size(-1), rows = x.numel() / inputs;
  TORCH_CHECK(rows <= kMostMatvecRows, "nf4_matvec: ", rows, " rows, at most ", kMostMatvecRows);
  const Parts parts(weight, blocks, outputs * inputs);
  TORCH_CHECK(x.device() == parts.device(), "nf4_matvec: x and the weight are on two devices");
  const c10::cuda::CUDAGuard guard(x.device());
  const auto in = x.contiguous();
  auto shape = x.sizes().vec();
  shape.back() = outputs;
  auto out = at::empty(shape, x.options());
  if (rows == 0) return out;
  const Nf4MatvecLaunch job{parts.codes(offset), in.const_data_ptr(), out.mutable_data_ptr(), rows, inputs, outputs};
  C10_CUDA_CHECK(launch_nf4_matvec(float_type(in), job, c10::cuda::getCurrentCUDAStream()));
  return out;
}

}  // namespace

TORCH_LIBRARY_IMPL(l32m, LLAMA32MED_KERNELS_FOR, library) {
  library.impl("nf4_dequantize", nf4_dequantize_cuda);
  library.impl("nf4_quantize", nf4_quantize_cuda);
  library.impl("nf4_matvec", nf4_matvec_cuda);
}

}  // namespace llama32med::kernels
