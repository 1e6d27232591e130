// The source of a model's tensors: a checkpoint folder or a random generator. Names are the hub's, as on disk
// (names.h).
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace llama32med {

struct TensorInfo {
  at::ScalarType dtype = at::kFloat;
  std::vector<std::int64_t> shape;

  std::int64_t bytes() const {
    auto bytes = static_cast<std::int64_t>(c10::elementSize(dtype));
    for (const auto size : shape) bytes *= size;
    return bytes;
  }
};

struct NamedShape {
  std::string name;
  std::vector<std::int64_t> shape;
};

class WeightSource {
 public:
  virtual ~WeightSource() = default;
  virtual bool has(const std::string& name) const = 0;
  // Throws Error{kData} naming the missing tensor, the source and the nearest known name.
  virtual TensorInfo info(const std::string& name) const = 0;
  // A new tensor with the target's device and dtype (default: as stored). Throws like info().
  virtual at::Tensor read(const std::string& name, const at::TensorOptions& target) const = 0;
  virtual std::vector<std::string> names() const = 0;  // sorted
  virtual std::string where() const = 0;               // for error texts
};

}  // namespace llama32med
