#include "llama32med/train/adamw.h"
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>
#include <ATen/ops/full.h>
#include <cmath>
namespace llama32med {
AdamW::AdamW(std::vector<TrainedTensor> t, AdamWConfig c) : t_(std::move(t)), c_(c) {
  for (auto& x : t_) { m_.push_back(at::zeros_like(x.value)); v_.push_back(at::zeros_like(x.value)); }
}
void AdamW::step(double factor, double scale) {
  const at::NoGradGuard g;
  ++steps_;
  const double b1 = 1 - std::pow(c_.beta1, steps_), b2 = std::sqrt(1 - std::pow(c_.beta2, steps_));
  for (std::size_t i = 0; i < t_.size(); ++i) {
    auto grad = t_[i].value.grad();
    if (!grad.defined()) continue;
    if (scale != 1) grad = grad * scale;
    const double lr = factor * t_[i].learning_rate;
    t_[i].value.mul_(1 - lr * t_[i].weight_decay);
    m_[i].lerp_(grad, 1 - c_.beta1);
    v_[i].mul_(c_.beta2).addcmul_(grad, grad, 1 - c_.beta2);
    t_[i].value.addcdiv_(m_[i], (v_[i].sqrt() / b2).add_(c_.eps), -lr / b1);
  }
}
void AdamW::zero_grad() { for (auto& x : t_) x.value.mutable_grad() = at::Tensor(); }
std::map<std::string, at::Tensor> AdamW::state() const {
  std::map<std::string, at::Tensor> s;
  for (std::size_t i = 0; i < t_.size(); ++i) s[t_[i].name + ".m"] = m_[i], s[t_[i].name + ".v"] = v_[i];
  s["step"] = at::full({1}, steps_, at::kLong);
  return s;
}
void AdamW::load_state(const SafetensorsFile& f) {
  for (std::size_t i = 0; i < t_.size(); ++i) m_[i].copy_(f.tensor(t_[i].name + ".m")), v_[i].copy_(f.tensor(t_[i].name + ".v"));
  steps_ = f.tensor("step").item<std::int64_t>();
}
}  // namespace llama32med
