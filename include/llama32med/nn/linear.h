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

struct LowRank {    // a low-rank adapter: + scale (x A^T) B^T
  at::Tensor a, b;  // [rank, in], [out, rank] in fp32; undefined: no adapter
  double scale = 1;
};

class LinearLayer;
// What a layer is made of, for layers that compute together (linear_group.h, adapted_group.h).
struct LinearParts {
  const LinearLayer* base = nullptr;  // without its adapter; null: the layer must compute alone
  LowRank adapter = {};
  at::Tensor weight;    // W of a dense base without a bias; undefined for others
  bool trains = false;  // the base itself is trained
};
// In the present mode: with gradients, only frozen bases may.
bool computes_together(const LinearParts& parts);

class LinearLayer {
 public:
  virtual ~LinearLayer() = default;
  virtual at::Tensor forward(const at::Tensor& x) const = 0;  // [..., in] -> [..., out]
  virtual at::Tensor weight() const = 0;                      // W [out, in], in the model's dtype
  virtual at::Tensor bias() const = 0;                        // [out] or undefined
  virtual LinearParts parts() const { return {}; }
};

class Linear {
 public:
  explicit Linear(std::unique_ptr<const LinearLayer> layer) : layer_(std::move(layer)) {}
  at::Tensor operator()(const at::Tensor& x) const { return layer_->forward(x); }
  LinearParts parts() const { return layer_->parts(); }

 private:
  std::unique_ptr<const LinearLayer> layer_;
};

}  // namespace llama32med
