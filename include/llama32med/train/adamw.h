#pragma once
#include <ATen/core/Tensor.h>
#include <map>
#include <string>
#include <vector>
#include "llama32med/core/config_fields.h"
#include "llama32med/weights/safetensors.h"
namespace llama32med {
struct TrainedTensor { std::string name; at::Tensor value; double learning_rate = 0; double weight_decay = 0; };
struct AdamWConfig {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  static void describe(auto& c, auto&& field) { field("beta1", c.beta1, "x"); field("beta2", c.beta2, "x"); field("eps", c.eps, "x"); }
};
class AdamW {
 public:
  AdamW(std::vector<TrainedTensor> t, AdamWConfig c);
  void step(double factor, double scale);
  void zero_grad();
  std::map<std::string, at::Tensor> state() const;
  void load_state(const SafetensorsFile& file);
 private:
  std::vector<TrainedTensor> t_; AdamWConfig c_; std::vector<at::Tensor> m_, v_; std::int64_t steps_ = 0;
};
}  // namespace llama32med
