// Random weights for the tensors of any model, reproducible bit for bit in any language
// (scripts/reference/make_checkpoint.py is the Python version):
//
//   key  = fnv1a64("<seed>:<tensor name>")
//   x_i  = splitmix64 output i for that key                 i = flat row-major index
//   v_i  = 2 (x_i >> 40) 2^-24 - 1                          in [-1, 1), exact in fp32
//   w_i  = offset + scale v_i                               one fp32 multiply, one fp32 add, no fused multiply-add
//
// offset and scale depend on the kind of tensor (WeightRule), inferred from its name: norms, biases, gates, embeddings,
// and matrices by their number of inputs. A model whose tensors need other rules derives a class.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "llama32med/weights/weight_source.h"

namespace llama32med {

// Values of embedding table slots that only padding reads.
enum class PaddedSlots { kZero, kNonzero };

// kVaried: gates 0.35 .. 1 with either sign, norms 0.75 .. 1.25, nonzero biases: nothing cancels, so errors show.
// kPlain: gates 0.5, norm weights 1 and biases 0, linear layers with standard deviation 1/sqrt(inputs), smaller at the
// end of a residual branch: a model that is stable at any depth, for timing.
enum class WeightRule { kVaried, kPlain };

// kReproducible: the values above, computed on the CPU. kOnDevice: libtorch's generator on the target device, uniform
// in the same range: fast at any size, different on every device and run.
enum class RandomFill { kReproducible, kOnDevice };

struct RandomOptions {
  std::uint64_t seed = 0;
  at::ScalarType dtype = at::kFloat;  // values are rounded to it, as if stored in a file
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
  // The values of a tensor, with the dtype and device of `made`.
  virtual at::Tensor fill(const std::string& name, at::IntArrayRef shape, const at::TensorOptions& made) const;
  // The values v for the key "<seed>:<stream>", [shape].
  at::Tensor centered(const std::string& stream, at::IntArrayRef shape, const at::TensorOptions& made) const;
  const RandomOptions& options() const { return options_; }

 private:
  double depth_around(const std::string& name) const;

  RandomOptions options_;
  std::map<std::string, std::vector<std::int64_t>> shapes_;
  std::map<std::string, std::int64_t> depths_;  // number of layers in each root module
};

}  // namespace llama32med
