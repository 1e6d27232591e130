// The precompiled header of the tensor wing: ATen (3 s per source instead of 8) on top of what the text wing uses.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "pch_text.h"
