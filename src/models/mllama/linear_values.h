// What linear layers keep for the backward pass, as implemented in nn/: by how each is stored and trained.
#pragma once
#include <string>
#include <vector>

#include "llama32med/models/model_cost.h"

namespace llama32med::mllama {

struct SizedLinear {
  std::string module;  // its whole name
  double in = 0, out = 0;
};

// One linear layer, or several with a common input x.
struct LinearValues {
  bool changes = false;      // something is trained, so the result has a gradient even if x has none
  bool keeps_input = false;  // x, once for all
  bool joined = false;       // the results are views of one tensor, which is kept if one of them is
  double per_row = 0;        // other values per row of x
  double fixed = 0;          // values that do not depend on the number of rows
};

// Layers with a common input are a LinearGroup.
LinearValues linear_values(const CostQuery& query, const std::vector<SizedLinear>& layers);

// What a value of another type takes, in values of the compute dtype.
struct Precision {
  double bytes = 4;      // per value of the compute dtype
  bool is_half = false;  // fp16 or bf16
  bool on_gpu = false;   // our kernels and fused attention; else expressions

  explicit Precision(const at::TensorOptions& target);
  // More than 1 MiB: libtorch's allocator for GPUs may give it a larger block (app/plan/step_memory.cpp).
  bool is_large(double values) const { return values * bytes > 1 << 20; }
  double fp32() const { return 4 / bytes; }
  double integer() const { return 8 / bytes; }
  // nn/recompute.h keeps the state of the random generator with each block: on a CPU 5 KB, on the host for a GPU.
  double random_state() const { return on_gpu ? 0 : 5200 / bytes; }
};

}  // namespace llama32med::mllama
