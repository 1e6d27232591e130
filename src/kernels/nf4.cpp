#include "llama32med/kernels/nf4.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/stack.h>
#include <torch/library.h>

#include "kernels/operators.h"

namespace llama32med::kernels {
namespace {

using Dequantize = at::Tensor(at::TensorList, double, at::IntArrayRef, at::IntArrayRef, at::ScalarType);
using Quantize = std::tuple<at::Tensor, at::Tensor>(const at::Tensor&, std::int64_t, c10::ArrayRef<double>);
using Matvec = at::Tensor(const at::Tensor&, at::TensorList, double, at::IntArrayRef, std::int64_t);

bool is_kernel_type(at::ScalarType type) { return type == at::kFloat || type == at::kHalf || type == at::kBFloat16; }

std::vector<at::Tensor> parts_of(const Nf4Weight& weight) {
  std::vector<at::Tensor> parts = {weight.codes, weight.absmax, weight.quant_map};
  if (weight.is_nested()) parts.insert(parts.end(), {weight.nested_absmax, weight.nested_quant_map});
  return parts;
}

at::Tensor dequantize_expression(const Nf4Weight& weight, at::ScalarType dtype) {
  const auto& map = weight.quant_map;
  const auto pairs =
      at::stack({map.repeat_interleave(16), map.repeat({16})}, 1);  // [256, 2]: both values of every byte
  const auto bytes = weight.codes.flatten();
  const auto fill = weight.blocks() * weight.block / 2 - bytes.numel();
  const auto whole = at::constant_pad_nd(bytes, {0, fill}).to(at::kInt);
  const auto values = at::index_select(pairs, 0, whole).view({weight.blocks(), weight.block});
  values.mul_(nf4_scales(weight).unsqueeze(1));
  return values.flatten().narrow(0, 0, weight.numel()).to(dtype).view(weight.shape);
}

}  // namespace

at::Tensor nf4_scales(const Nf4Weight& weight) {
  if (!weight.is_nested()) return weight.absmax;
  // Product and sum are rounded separately, as two operations: a fused one would give different last bits.
  const auto nested = weight.nested_absmax.repeat_interleave(weight.nested_block).narrow(0, 0, weight.blocks());
  return at::index_select(weight.nested_quant_map, 0, weight.absmax.to(at::kInt)).mul_(nested).add_(weight.offset);
}

at::Tensor nf4_dequantize(const Nf4Weight& weight, at::ScalarType dtype) {
  static const auto op = find<Dequantize>("l32m::nf4_dequantize");
  if (!is_kernel_type(dtype) || !is_registered(op, weight.codes.device())) return dequantize_expression(weight, dtype);
  return op.call(parts_of(weight), weight.offset, {weight.block, weight.nested_block}, weight.shape, dtype);
}

bool nf4_quantize_serves(const at::Device& device, at::ScalarType type) {
  static const auto op = find<Quantize>("l32m::nf4_quantize");
  return is_kernel_type(type) && is_registered(op, device);
}

std::pair<at::Tensor, at::Tensor> nf4_quantize(const at::Tensor& weight, std::int64_t block,
                                               const std::array<float, 15>& middles) {
  static const auto op = find<Quantize>("l32m::nf4_quantize");
  auto [codes, absmax] = op.call(weight, block, std::vector<double>(middles.begin(), middles.end()));
  return {std::move(codes), std::move(absmax)};
}

bool nf4_matvec_serves(const at::Tensor& x, const Nf4Weight& weight) {
  static const auto op = find<Matvec>("l32m::nf4_matvec");
  if (at::GradMode::is_enabled() && x.requires_grad()) return false;
  return is_kernel_type(x.scalar_type()) && is_registered(op, x.device()) && weight.numel() > 0 && x.numel() > 0 &&
         x.numel() <= kMatvecRows * weight.shape.back();
}

at::Tensor nf4_matvec(const at::Tensor& x, const Nf4Weight& weight) {
  static const auto op = find<Matvec>("l32m::nf4_matvec");
  if (!nf4_matvec_serves(x, weight)) return at::linear(x, nf4_dequantize(weight, x.scalar_type()));
  return op.call(x, parts_of(weight), weight.offset, {weight.block, weight.nested_block}, weight.shape.front());
}

// `weight` is codes, absmax, quant_map and, with double quantization, nested_absmax, nested_quant_map; `blocks` is
// block, nested_block.
TORCH_LIBRARY_FRAGMENT(l32m, library) {
  library.def("nf4_dequantize(Tensor[] weight, float offset, int[] blocks, int[] shape, ScalarType dtype) -> Tensor");
  library.def("nf4_quantize(Tensor weight, int block, float[] middles) -> (Tensor, Tensor)");
  library.def("nf4_matvec(Tensor x, Tensor[] weight, float offset, int[] blocks, int outputs) -> Tensor");
}

}  // namespace llama32med::kernels
