// A linear layer y = x W^T + b, however it is stored. Models hold a Linear; the Scope decides its kind.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

namespace llama32med {

enum class Bias { kNone, kPresent };

struct LinearShape {
  std::int64_t in;
  std::int64_t out;
  Bias bias = Bias::kNone;
};

class LinearLayer {
 public:
  virtual ~LinearLayer() = default;
  virtual at::Tensor forward(const at::Tensor& x) const = 0;  // [..., in] -> [..., out]
  virtual at::Tensor weight() const = 0;                      // W [out, in], in the model's dtype
  virtual at::Tensor bias() const = 0;                        // [out] or undefined
};

class Linear {
 public:
  explicit Linear(std::unique_ptr<const LinearLayer> layer) : layer_(std::move(layer)) {}
  at::Tensor operator()(const at::Tensor& x) const { return layer_->forward(x); }

 private:
  std::unique_ptr<const LinearLayer> layer_;
};

}  // namespace llama32med
