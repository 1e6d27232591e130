// Compares CPU and CUDA on the tiny golden checkpoint. Without a GPU every test is skipped.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "llama32med/models/backbone.h"
#include "llama32med/tensor/device.h"
#include "support/golden_case.h"
#include "support/tolerances.h"

namespace llama32med::test {

#ifndef LLAMA32MED_TEST_DEVICE
#define LLAMA32MED_TEST_DEVICE "cuda"  // tests/device runs the same tests on another
#endif

inline at::Device gpu() { return parse_device(LLAMA32MED_TEST_DEVICE); }

class Cuda : public testing::Test {
 protected:
  void SetUp() override {  // the first libtorch call of the process
    if (gpu_count() == 0) GTEST_SKIP() << "no GPU: " << load_gpu_backend().reason;
  }
};

inline std::unique_ptr<Backbone> tiny_on(const at::Device& device, const BackboneOptions& options = {},
                                         at::ScalarType dtype = at::kFloat) {
  return load_backbone(golden("tiny/model"), options, at::device(device).dtype(dtype));
}

struct Pair {  // the same model on both devices
  explicit Pair(const BackboneOptions& options = {}) : cpu(tiny_on(at::kCPU, options)), cuda(tiny_on(gpu(), options)) {}
  std::unique_ptr<Backbone> cpu, cuda;
};

inline std::vector<BackboneOptions> all_options() {
  std::vector<BackboneOptions> all;
  for (const auto tower : {Tower::kDeduplicated, Tower::kDense}) {
    all.push_back({Semantics::kMeta, VisionFeatures::kInput, tower});
    all.push_back({Semantics::kHf, VisionFeatures::kInput, tower});
    all.push_back({Semantics::kHf, VisionFeatures::kOutput, tower});
  }
  return all;
}

inline std::string label(const BackboneOptions& options) {
  return enum_name(options.semantics) + " " + enum_name(options.vision_features) + " " + enum_name(options.tower);
}

inline HfBatch batch_of(const HfInputs& inputs, const Backbone& model, Semantics semantics) {
  return batch_from_hf(inputs, model.facts().image_token,
                       semantics == Semantics::kHf ? AbsentImages::kKeep : AbsentImages::kDrop);
}

inline at::Tensor forward(const Backbone& model, const HfBatch& batch) {  // hidden states [B, L, hidden_size]
  return model.decode(batch.text, model.encode_images(batch.images));
}

}  // namespace llama32med::test
