#include "llama32med/train/gradients.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

namespace llama32med {

at::Tensor global_norm(const std::vector<TrainedTensor>& tensors) {
  const at::NoGradGuard no_gradients;
  bool wide = false;
  std::vector<at::Tensor> norms, on_gpu;
  for (const auto& tensor : tensors) {
    const auto& gradient = tensor.value.grad();
    if (!gradient.defined()) continue;
    const auto type = gradient.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    wide = wide || type == at::kDouble;
    if (!gradient.is_cpu() && type == at::kFloat)
      on_gpu.push_back(gradient);
    else
      norms.push_back(at::linalg_vector_norm(gradient, 2, std::nullopt, /*keepdim=*/false, type));
  }
  if (!on_gpu.empty())  // on a CPU it adds in another order
    for (auto& norm : at::_foreach_norm(on_gpu, 2, at::kFloat)) norms.push_back(std::move(norm));
  if (norms.empty()) return at::zeros({}, at::kDouble);
  if (wide)
    for (auto& norm : norms) norm = norm.to(at::kDouble);
  return at::linalg_vector_norm(at::stack(norms), 2);
}

double clip_coefficient(double norm, double max_norm) {
  if (max_norm == 0) return 1;
  const float coefficient = (1 / (static_cast<float>(norm) + 1e-6F)) * static_cast<float>(max_norm);
  return std::isnan(coefficient) ? coefficient : std::min(coefficient, 1.0F);
}

std::string first_nonfinite(const std::vector<TrainedTensor>& tensors) {
  for (const auto& tensor : tensors) {
    const auto& gradient = tensor.value.grad();
    if (gradient.defined() && !at::isfinite(gradient).all().item<bool>()) return tensor.name;
  }
  return "";
}

}  // namespace llama32med
