// AdamW (Loshchilov, Hutter 2019, https://arxiv.org/abs/1711.05101): Adam with decoupled weight decay, in torch's
// order.
//
//   p <- p (1 - lr wd)      m <- b1 m + (1 - b1) g      v <- b2 v + (1 - b2) g^2
//   p <- p - lr m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)
//
// Computed in fp32 by libtorch's fused kernel (fp64 for fp64 tensors); a tensor of 16 bits is trained through an fp32
// copy and rounded once a step. t counts the steps in which the tensor had a gradient; without one it is left alone.
//
// 8-bit states (Dettmers et al. 2022, https://arxiv.org/abs/2110.02861): between steps m and v are kept as a byte a
// number, blocks of 256 scaled by their largest, tensors of less than 4096 numbers in full. The maps are bitsandbytes'.
#pragma once
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/weights/safetensors.h"

namespace llama32med {

enum class OptimizerStates { kFp32, k8bit };
constexpr auto names_of(OptimizerStates) {
  return std::array{Named{"fp32", OptimizerStates::kFp32}, Named{"8bit", OptimizerStates::k8bit}};
}

struct AdamWConfig {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  OptimizerStates states = OptimizerStates::kFp32;

  static void describe(auto& c, auto&& field) {
    field("beta1", c.beta1, "decay rate of the first moment (running mean of the gradient)", InRange{0.0, 0.999999});
    field("beta2", c.beta2, "decay rate of the second moment (running mean of the squared gradient)",
          InRange{0.0, 0.99999999});
    field("eps", c.eps, "term added to the denominator for numerical stability", InRange{0.0, 1.0});
    field("states", c.states,
          "optimizer states: fp32, 8 bytes per trained parameter; 8bit, 2 bytes, with different results");
  }
};

struct TrainedTensor {
  std::string name;
  at::Tensor value;  // a leaf; its grad() is read
  double learning_rate = 0;
  double weight_decay = 0;
};

class AdamW {
 public:
  AdamW(std::vector<TrainedTensor> tensors, const AdamWConfig& config);

  // One update with learning rates times `learning_rate_factor`. Gradients are multiplied by `gradient_scale` first, in
  // place: 1, or what clips them (gradients.h).
  void step(double learning_rate_factor, double gradient_scale = 1);
  void zero_grad();  // releases the gradients' memory

  // Everything a later run needs to go on bit for bit, besides the trained tensors themselves: "<name>.m", ".v",
  // ".steps", where they exist ".m_largest", ".v_largest", ".fp32", and "steps". Handles, not copies: a step changes
  // them.
  std::map<std::string, at::Tensor> state() const;
  // Takes all of it from a file that holds nothing else. Throws Error{kData} that names file, tensor, and what does not
  // fit; nothing has changed then.
  void load_state(const SafetensorsFile& file);

  const std::vector<TrainedTensor>& tensors() const { return tensors_; }
  std::int64_t steps() const { return steps_; }  // taken, those before load_state included
  std::int64_t bytes() const;                    // of the state

 private:
  struct State {
    at::Tensor m, v;                  // like the tensor, fp32 or fp64; in 8 bits: uint8 [numel]
    at::Tensor m_largest, v_largest;  // in 8 bits: fp32 [blocks]
    at::Tensor fp32;                  // of a tensor of 16 bits
    std::int64_t steps = 0;
  };
  class Batch;
  State new_state(const at::Tensor& value) const;
  std::map<std::string, at::Tensor> tensors_of_state() const;

  std::vector<TrainedTensor> tensors_;
  AdamWConfig config_;
  std::vector<State> states_;  // of tensors_
  std::int64_t steps_ = 0;
};

}  // namespace llama32med
