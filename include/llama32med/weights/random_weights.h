// Random weights for the tensors of any model, which every language can rebuild bit for bit
// (scripts/reference/make_checkpoint.py has the Python side):
//
//   key  = fnv1a64("<seed>:<tensor name>")
//   x_i  = splitmix64 output i of that key                  i = flat row-major index
//   v_i  = 2 (x_i >> 40) 2^-24 - 1                          in [-1, 1), exact in fp32
//   w_i  = offset + scale v_i                               one fp32 multiply, one fp32 add, no fused multiply-add
//
// offset and scale depend on what the tensor is (WeightRule), which its name says: norms, biases, gates, embeddings,
// and matrices by their inputs. A model whose tensors need more than that derives a class.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "llama32med/weights/weight_source.h"

namespace llama32med {

// Values of table slots that only padding reads.
enum class PaddedSlots { kZero, kNonzero };

// kVaried: gates 0.35 .. 1 of either sign, norms 0.75 .. 1.25, biases not zero: nothing cancels, so errors show.
// kPlain: gates 0.5, norms 1 and 0, linears of deviation 1/sqrt(inputs), narrower at the end of a residual branch: a
// model that is stable at any depth, for timing.
enum class WeightRule { kVaried, kPlain };

// kReproducible: the numbers above, made on the CPU. kOnDevice: libtorch's own generator at the target, uniform in the
// same range: fast at any size, different on every device and run.
enum class RandomFill { kReproducible, kOnDevice };

struct RandomOptions {
  std::uint64_t seed = 0;
  at::ScalarType dtype = at::kFloat;  // what a file of them would hold: values are rounded to it
  PaddedSlots padded_slots = PaddedSlots::kZero;
  WeightRule rule = WeightRule::kVaried;
  RandomFill fill = RandomFill::kReproducible;
};

class RandomWeights : public WeightSource {
 public:
  RandomWeights(const std::vector<NamedShape>& tensors, const RandomOptions& options);

  bool has(const std::string& name) const override { return shapes_.contains(name); }
  TensorInfo info(const std::string& name) const override;
  at::Tensor read(const std::string& name, const at::TensorOptions& target) const override;
  std::vector<std::string> names() const override;
  std::string where() const override;

 protected:
  // The values of a tensor, of dtype and device of `made`.
  virtual at::Tensor fill(const std::string& name, at::IntArrayRef shape, const at::TensorOptions& made) const;
  // v of the stream "<seed>:<stream>", [shape]
  at::Tensor centered(const std::string& stream, at::IntArrayRef shape, const at::TensorOptions& made) const;
  const RandomOptions& options() const { return options_; }

 private:
  double depth_around(const std::string& name) const;

  RandomOptions options_;
  std::map<std::string, std::vector<std::int64_t>> shapes_;
  std::map<std::string, std::int64_t> depths_;  // layers beneath each root module
};

}  // namespace llama32med
