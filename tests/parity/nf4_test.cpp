// The whole model with every linear layer of the text decoder and the vision encoder in NF4, against bitsandbytes.
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "llama32med/core/config_json.h"
#include "llama32med/nn/quantize_config.h"
#include "llama32med/weights/checkpoint.h"
#include "parity_model.h"
#include "support/cpu_quantized.h"
#include "support/tolerances.h"

namespace llama32med::test {
namespace {

// The weights that are quantized in the goldens.
bool is_quantized(const std::string& weight) {
  return weight.find("_proj.weight") != weight.npos || weight.find("mlp.fc") != weight.npos;
}

class GoldenLinears final : public LinearChooser {
 public:
  LinearChoice choose(const std::string& module) const override {
    return {.storage = is_quantized(module + ".weight") ? WeightStorage::kNf4 : WeightStorage::kDense};
  }
};

at::Tensor logits_of(const WeightSource& weights, const BackboneOptions& options, const LinearChooser* linears) {
  const at::NoGradGuard no_grad;
  const auto config = read_json(golden("tiny/model/config.json"));
  const auto model =
      load_backbone({config, "config.json", weights}, options, at::device(at::kCPU).dtype(at::kFloat), linears);
  const auto batch = batch_of(case_inputs(Golden("logits"), "text_before_image"), *model, options.semantics);
  return model->logits(forward(*model, batch));
}

TEST(Nf4Parity, LogitsOfASerializedCheckpointEqualTheReference) {
  const Golden nf4("nf4");
  const Checkpoint dense(golden("tiny/model"));
  const CpuQuantized weights(dense, is_quantized);
  int compared = 0;
  for (const auto& variant : variants(Tower::kDeduplicated)) {
    const auto key = "model/text_before_image/logits." + variant.suffix;
    if (!nf4.has(key)) continue;
    expect_close(key, logits_of(weights, variant.options, nullptr), nf4[key], kStates32);
    ++compared;
  }
  EXPECT_EQ(compared, 2);
}

// Quantized by our own code: a few scales are rounded to the other side of a near tie than in the goldens.
TEST(Nf4Parity, LogitsAfterQuantizingWhileLoadingDifferOnlyByNearTies) {
  const Golden nf4("nf4");
  const Checkpoint dense(golden("tiny/model"));
  const GoldenLinears linears;
  expect_close("logits", logits_of(dense, {}, &linears), nf4["model/text_before_image/logits.meta"], kNf4NearTies);
}

}  // namespace
}  // namespace llama32med::test
