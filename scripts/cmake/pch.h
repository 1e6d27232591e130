// The one precompiled header: what every tensor source needs, and nothing else (8 s a source become 3 s).
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>
