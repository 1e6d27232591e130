#pragma once
#include <algorithm>
#include <cmath>
#include "llama32med/train/adamw.h"
namespace llama32med {
inline double global_norm(const std::vector<TrainedTensor>& t) {
  double s = 0;
  for (auto& x : t) if (x.value.grad().defined()) { double n = x.value.grad().norm().item<double>(); s += n * n; }
  return std::sqrt(s);
}
inline double clip_coefficient(double norm, double max) { return max > 0 ? std::min(1.0, max / (norm + 1e-6)) : 1.0; }
inline std::string first_nonfinite(const std::vector<TrainedTensor>& t) {
  for (auto& x : t) if (x.value.grad().defined() && !std::isfinite(x.value.grad().norm().item<double>())) return x.name;
  return "";
}
}  // namespace llama32med
