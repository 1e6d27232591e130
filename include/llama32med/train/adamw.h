// AdamW (Loshchilov, Hutter 2019, https://arxiv.org/abs/1711.05101): Adam with decoupled weight decay, with the
// operations in PyTorch's order.
//
//   p <- p (1 - lr wd)      m <- b1 m + (1 - b1) g      v <- b2 v + (1 - b2) g^2
//   p <- p - lr m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps)
//
// Computed in fp32 by libtorch's fused kernel (fp64 for fp64 tensors); a 16-bit tensor is trained through an fp32 copy
// and rounded once per step. t counts the steps in which the tensor had a gradient; without one it is not changed.
//
// 8-bit states (Dettmers et al. 2022, https://arxiv.org/abs/2110.02861): between steps m and v take one byte per
// element, in blocks of 256 scaled by their largest magnitude; tensors with fewer than 4096 elements keep full
// precision. The maps are those of bitsandbytes. On a device with our kernels, one kernel does all of it
// (kernels/adamw.h).
#pragma once
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/weights/safetensors.h"

namespace llama32med {

namespace kernels {
struct EightBitMaps;
}

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

  // One update with all learning rates multiplied by `learning_rate_factor`. Gradients are first multiplied in place by
  // `gradient_scale`: 1, or the clipping coefficient (gradients.h).
  void step(double learning_rate_factor, double gradient_scale = 1);
  void zero_grad();  // frees the gradients' memory

  // Everything needed to resume bit for bit, besides the trained tensors themselves: "<name>.m", ".v", ".steps", if
  // they exist ".m_largest", ".v_largest", ".fp32", and "steps". Handles, not copies: the next step changes them.
  std::map<std::string, at::Tensor> state() const;
  // Loads this state from a file that contains nothing else. Throws Error{kData} naming the file, the tensor and the
  // mismatch; nothing is changed in that case.
  void load_state(const SafetensorsFile& file);

  const std::vector<TrainedTensor>& tensors() const { return tensors_; }
  std::int64_t steps() const { return steps_; }  // steps taken, including those before load_state
  std::int64_t bytes() const;                    // size of the state

 private:
  struct State {
    at::Tensor m, v;                  // shape of the tensor, fp32 or fp64; 8-bit: uint8 [numel]
    at::Tensor m_largest, v_largest;  // 8-bit only: fp32 [blocks]
    at::Tensor fp32;                  // fp32 copy of a 16-bit tensor
    std::int64_t steps = 0;
    std::shared_ptr<const kernels::EightBitMaps> maps;  // 8-bit only; one per device
  };
  struct Member;
  class Batch;
  class EightBitBatch;
  State new_state(const at::Tensor& value) const;
  bool has_8bit_states(const at::Tensor& value) const;
  std::shared_ptr<const kernels::EightBitMaps> maps_on(const at::Device& device) const;
  std::map<std::string, at::Tensor> tensors_of_state() const;

  std::vector<TrainedTensor> tensors_;
  AdamWConfig config_;
  std::vector<State> states_;  // one per entry of tensors_
  std::int64_t steps_ = 0;
};

}  // namespace llama32med
