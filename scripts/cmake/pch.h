// The one precompiled header: what every tensor source needs, and nothing else (3 s per source instead of 8).
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>
