#include "kernels/cuda/decode.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include "kernels/cuda/module.h"

namespace llama32med::kernels {
namespace {

constexpr std::int64_t kGridEnd = 65535;  // the most blocks in the second and third dimension of a launch

void check_same(const char* name, const at::Tensor& x, const at::Tensor& other) {
  TORCH_CHECK(x.scalar_type() == other.scalar_type() && x.device() == other.device(), name,
              ": dtypes or devices differ");
}

std::tuple<at::Tensor, at::Tensor> add_rms_norm_cuda(const at::Tensor& x, const at::Tensor& branch,
                                                     const std::optional<at::Tensor>& gate, const at::Tensor& weight,
                                                     double eps) {
  TORCH_CHECK(x.dim() > 0 && x.sizes() == branch.sizes(), "add_rms_norm: x and its branch differ in shape");
  TORCH_CHECK(weight.dim() == 1 && weight.size(0) == x.size(-1), "add_rms_norm: weight does not match x");
  TORCH_CHECK(!gate || gate->numel() == 1, "add_rms_norm: the gate must be one value");
  check_same("add_rms_norm", x, branch);
  check_same("add_rms_norm", x, weight);
  if (gate) check_same("add_rms_norm", x, *gate);
  const c10::cuda::CUDAGuard guard(x.device());
  const auto rows = x.contiguous(), added = branch.contiguous(), factors = weight.contiguous();
  auto sum = at::empty_like(rows), normed = at::empty_like(rows);
  if (rows.numel() == 0) return {sum, normed};
  const AddRmsNormLaunch job{rows.const_data_ptr(),
                             added.const_data_ptr(),
                             gate ? gate->const_data_ptr() : nullptr,
                             factors.const_data_ptr(),
                             sum.mutable_data_ptr(),
                             normed.mutable_data_ptr(),
                             rows.numel() / x.size(-1),
                             x.size(-1),
                             static_cast<float>(eps)};
  C10_CUDA_CHECK(launch_add_rms_norm(float_type(rows), job, c10::cuda::getCurrentCUDAStream()));
  return {sum, normed};
}

void check_heads(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  TORCH_CHECK(q.dim() == 4 && q.size(3) % 2 == 0 && q.size(0) <= kGridEnd && q.size(1) + 2 * k.size(1) <= kGridEnd,
              "rotate_append: q must be [B, H, L, d] with even d and at most 65535 rows or heads");
  TORCH_CHECK(k.sizes() == v.sizes() && k.size(0) == q.size(0) && k.size(2) == q.size(2) && k.size(3) == q.size(3),
              "rotate_append: keys or values do not match q");
  TORCH_CHECK(q.stride(3) == 1 && k.stride(3) == 1 && v.stride(3) == 1, "rotate_append: heads must be contiguous");
}

Strides strides_of(const at::Tensor& x) { return {x.stride(0), x.stride(1), x.stride(2)}; }

at::Tensor rotate_append_cuda(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& cos,
                              const at::Tensor& sin, const at::Tensor& positions, at::Tensor keys, at::Tensor values) {
  check_heads(q, k, v);
  for (const auto* other : {&k, &v, static_cast<const at::Tensor*>(&keys), static_cast<const at::Tensor*>(&values)})
    check_same("rotate_append", q, *other);
  const auto batch = q.size(0), length = q.size(2), half = q.size(3) / 2;
  TORCH_CHECK(positions.sizes() == at::IntArrayRef({batch, length}) && positions.scalar_type() == at::kLong,
              "rotate_append: positions must be [B, L] int64");
  TORCH_CHECK(cos.sizes() == at::IntArrayRef({batch, 1, length, half}) && cos.sizes() == sin.sizes() &&
                  cos.scalar_type() == at::kFloat && sin.scalar_type() == at::kFloat,
              "rotate_append: angles must be [B, 1, L, d/2] float32");
  TORCH_CHECK(keys.is_contiguous() && values.is_contiguous() && keys.sizes() == values.sizes() && keys.dim() == 4 &&
                  keys.size(0) == batch && keys.size(1) == k.size(1) && keys.size(3) == q.size(3),
              "rotate_append: the cache must be [B, Hkv, C, d], contiguous");
  const c10::cuda::CUDAGuard guard(q.device());
  const auto c = cos.contiguous(), s = sin.contiguous(), slots = positions.contiguous();
  auto rotated = at::empty(q.sizes(), q.options());
  if (q.numel() == 0) return rotated;
  RotateAppendLaunch job{};
  job.q = q.const_data_ptr(), job.k = k.const_data_ptr(), job.v = v.const_data_ptr();
  job.q_strides = strides_of(q), job.k_strides = strides_of(k), job.v_strides = strides_of(v);
  job.cos = c.const_data_ptr<float>(), job.sin = s.const_data_ptr<float>();
  job.positions = slots.const_data_ptr<std::int64_t>();
  job.rotated = rotated.mutable_data_ptr(), job.keys = keys.mutable_data_ptr(), job.values = values.mutable_data_ptr();
  job.batch = batch, job.heads = q.size(1), job.key_heads = k.size(1), job.length = length, job.half = half;
  job.capacity = keys.size(2);
  C10_CUDA_CHECK(launch_rotate_append(float_type(q), job, c10::cuda::getCurrentCUDAStream()));
  return rotated;
}

at::Tensor silu_mul_halves_cuda(const at::Tensor& gate_up) {
  TORCH_CHECK(gate_up.dim() > 0 && gate_up.size(-1) % 2 == 0, "silu_mul_halves: the last dimension must be even");
  const c10::cuda::CUDAGuard guard(gate_up.device());
  const auto rows = gate_up.flatten(0, -2).contiguous();
  auto sizes = gate_up.sizes().vec();
  sizes.back() /= 2;
  auto out = at::empty(sizes, gate_up.options());
  if (out.numel() == 0) return out;
  const SiluMulHalvesLaunch job{rows.const_data_ptr(), out.mutable_data_ptr(), rows.size(0), sizes.back(),
                                rows.stride(0)};
  C10_CUDA_CHECK(launch_silu_mul_halves(float_type(rows), job, c10::cuda::getCurrentCUDAStream()));
  return out;
}

at::Tensor silu_mul_halves_gradient_cuda(const at::Tensor& gradient, const at::Tensor& gate_up) {
  auto sizes = gate_up.sizes().vec();
  sizes.back() /= 2;
  TORCH_CHECK(gradient.sizes() == at::IntArrayRef(sizes), "silu_mul_halves_gradient: shapes do not match");
  check_same("silu_mul_halves_gradient", gate_up, gradient);
  const c10::cuda::CUDAGuard guard(gate_up.device());
  const auto outer = gradient.contiguous(), rows = gate_up.contiguous();
  auto out = at::empty_like(rows);
  if (out.numel() == 0) return out;
  const SiluMulHalvesGradientLaunch job{outer.const_data_ptr(), rows.const_data_ptr(), out.mutable_data_ptr(),
                                        outer.numel() / sizes.back(), sizes.back()};
  C10_CUDA_CHECK(launch_silu_mul_halves_gradient(float_type(rows), job, c10::cuda::getCurrentCUDAStream()));
  return out;
}

}  // namespace

TORCH_LIBRARY_IMPL(l32m, LLAMA32MED_KERNELS_FOR, library) {
  library.impl("add_rms_norm", add_rms_norm_cuda);
  library.impl("rotate_append", rotate_append_cuda);
  library.impl("silu_mul_halves", silu_mul_halves_cuda);
  library.impl("silu_mul_halves_gradient", silu_mul_halves_gradient_cuda);
}

}  // namespace llama32med::kernels
