// The pixels of images as a vision encoder reads them: normalized, in its dtype, on its device.
//
//   (byte * rescale_factor - mean[c]) / std[c]   in fp32, then rounded to the dtype
//
// 8-bit pixels travel to a GPU as they are, a quarter of the bytes of fp32. There, each is replaced by its entry in a
// table of the 3 x 256 values that the CPU computes, so a GPU reads the same numbers as a CPU, bit by bit.
#pragma once
#include <ATen/core/Tensor.h>

#include <memory>

#include "llama32med/batch/batch.h"

namespace llama32med {

// On the host, in the image's shape: 8-bit pixels as fp32, others as they are.
at::Tensor normalized_pixels(const ImageInput& image);

class PixelNormalizer {
 public:
  explicit PixelNormalizer(const at::TensorOptions& target);
  ~PixelNormalizer();

  // N images of one shape -> [N, .., 3, height, width]
  at::Tensor operator()(const ImageBatch& images) const;

 private:
  struct Table;
  at::Tensor looked_up(const at::Tensor& bytes, const PixelScaling& scaling) const;

  at::TensorOptions target_;
  std::unique_ptr<Table> table_;  // for one scaling, that of the last call: a model has one
};

}  // namespace llama32med
