// The tiny golden checkpoint in the three semantics, which the goldens distinguish by suffix.
#pragma once
#include <memory>
#include <string>

#include "llama32med/models/backbone.h"
#include "models/mllama/mllama.h"
#include "support/golden_case.h"

namespace llama32med::test {

struct Variant {
  std::string suffix;  // suffix of the golden tensors' names
  BackboneOptions options;
};

inline std::vector<Variant> variants(Tower tower) {
  return {{"meta", {Semantics::kMeta, VisionFeatures::kInput, tower}},
          {"hf", {Semantics::kHf, VisionFeatures::kInput, tower}},
          {"hf456", {Semantics::kHf, VisionFeatures::kOutput, tower}}};
}

inline std::unique_ptr<Backbone> tiny_model(const BackboneOptions& options, at::ScalarType dtype = at::kFloat) {
  return load_backbone(golden("tiny/model"), options, at::device(at::kCPU).dtype(dtype));
}

inline HfBatch batch_of(const HfInputs& inputs, const Backbone& model, Semantics semantics) {
  return batch_from_hf(inputs, model.facts().image_token,
                       semantics == Semantics::kHf ? AbsentImages::kKeep : AbsentImages::kDrop);
}

// Hidden states [B, L, hidden_size] for a batch.
inline at::Tensor forward(const Backbone& model, const HfBatch& batch) {
  return model.decode(batch.text, model.encode_images(batch.images));
}

}  // namespace llama32med::test
