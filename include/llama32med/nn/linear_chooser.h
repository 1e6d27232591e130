// Decides the kind of each linear layer by its name: how its weights are stored, and whether an adapter wraps it.
// A model asks for `q_proj`; the chooser in its Scope decides what that is.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "llama32med/nn/linear.h"
#include "llama32med/weights/weight_source.h"

namespace llama32med {

enum class WeightStorage {
  kDense,
  kNf4,           // 4 bits (nf4_tensor.h), scales in 8 bits
  kNf4WideScales  // 4 bits, scales in fp32
};

enum class LoraKind {
  kLora,  // https://arxiv.org/abs/2106.09685
  kDora   // https://arxiv.org/abs/2402.09353
};

struct LoraSpec {
  std::int64_t rank = 8;
  double scale = 1;    // alpha / rank, or alpha / sqrt(rank) (rsLoRA, https://arxiv.org/abs/2312.03732)
  double dropout = 0;  // on the input of A, while gradients are recorded
  LoraKind kind = LoraKind::kLora;
};

struct LinearChoice {
  WeightStorage storage = WeightStorage::kDense;
  std::optional<LoraSpec> lora = {};
  // Trained tensors of the adapter by hub name ("<module>.lora_A.weight", ..); null for a fresh adapter: random A from
  // `seed`, B zero.
  const WeightSource* trained = nullptr;
  std::uint64_t seed = 0;
};

class LinearChooser {
 public:
  virtual ~LinearChooser() = default;
  virtual LinearChoice choose(const std::string& module) const = 0;  // "language_model.model.layers.0.mlp.up_proj"
};

}  // namespace llama32med
