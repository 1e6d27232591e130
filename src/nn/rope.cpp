#include "llama32med/nn/rope.h"

#include <ATen/ops/tensor.h>

#include <cmath>
#include <numbers>

#include "llama32med/kernels/ops.h"

namespace llama32med {
namespace {

double scale_frequency(double inverse, const RopeScaling& s) {
  const double wavelength = 2 * std::numbers::pi / inverse;
  if (wavelength > s.original_length / s.low_freq_factor) return inverse / s.factor;
  if (wavelength < s.original_length / s.high_freq_factor) return inverse;
  const double smooth = (s.original_length / wavelength - s.low_freq_factor) / (s.high_freq_factor - s.low_freq_factor);
  return (1 - smooth) * inverse / s.factor + smooth * inverse;
}

}  // namespace

std::vector<double> rope_frequencies(const RopeConfig& config) {
  std::vector<double> inverse(static_cast<std::size_t>(config.head_dim / 2));
  for (std::size_t i = 0; i < inverse.size(); ++i) {
    inverse[i] = std::pow(config.theta, -2.0 * static_cast<double>(i) / static_cast<double>(config.head_dim));
    if (config.scaling) inverse[i] = scale_frequency(inverse[i], *config.scaling);
  }
  return inverse;
}

Rope::Rope(const RopeConfig& config, const at::Device& device)
    : inverse_(at::tensor(at::ArrayRef<double>(rope_frequencies(config)), at::kDouble).to(device, at::kFloat)) {}

RopeAngles Rope::angles(const at::Tensor& positions) const {
  const auto angle = positions.to(at::kFloat).unsqueeze(-1) * inverse_;  // [B, L, d/2]
  return {angle.cos().unsqueeze(1), angle.sin().unsqueeze(1)};
}

at::Tensor rotate(const at::Tensor& x, const RopeAngles& angles) { return kernels::rotate(x, angles.cos, angles.sin); }

}  // namespace llama32med
