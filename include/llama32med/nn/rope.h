// Rotary position embedding (Su et al. 2021, https://arxiv.org/abs/2104.09864) in the split-halves layout of Hugging
// Face weights, with Llama 3.1's frequency scaling (Llama 3.2 Vision: factor 8, low 1, high 4, original length 8192).
//
//   angle_i(p) = p * inv_i,  inv_i = theta^(-2i/d)   i = 0 .. d/2 - 1
//   [x1 | x2] -> [x1 cos - x2 sin | x2 cos + x1 sin]
//
// Angles and the rotation are computed in fp32, and the result is rounded once (as in the reference code).
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace llama32med {

struct RopeScaling {  // "llama3"
  double factor = 8, low_freq_factor = 1, high_freq_factor = 4, original_length = 8192;
};

struct RopeConfig {
  std::int64_t head_dim = 128;
  double theta = 500000;
  std::optional<RopeScaling> scaling;
};

// The d/2 inverse frequencies, in double precision.
std::vector<double> rope_frequencies(const RopeConfig& config);

struct RopeAngles {
  at::Tensor cos, sin;  // [B, 1, L, d/2]
};

class Rope {
 public:
  Rope(const RopeConfig& config, const at::Device& device);
  RopeAngles angles(const at::Tensor& positions) const;  // positions [B, L] int64

 private:
  at::Tensor inverse_;  // [d/2] fp32
};

at::Tensor rotate(const at::Tensor& x, const RopeAngles& angles);  // x [B, H, L, d]

}  // namespace llama32med
