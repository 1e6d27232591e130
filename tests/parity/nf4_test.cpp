// The whole model with every linear of text decoder and vision encoder in NF4, as bitsandbytes computes it.
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "parity_model.h"
#include "support/tolerances.h"

namespace llama32med::test {
namespace {

class AllButProjectorAndHead final : public LinearChooser {
 public:
  LinearChoice choose(const std::string& module) const override {
    const bool dense = module == "language_model.lm_head" || module == "multi_modal_projector";
    return {.storage = dense ? WeightStorage::kDense : WeightStorage::kNf4};
  }
};

TEST(Nf4Parity, LogitsEqualTheReference) {
  const at::NoGradGuard no_grad;
  const Golden nf4("nf4"), cases("logits");
  const AllButProjectorAndHead linears;
  const auto inputs = case_inputs(cases, "text_before_image");
  for (const auto& variant : variants(Tower::kDeduplicated)) {
    const auto key = "model/text_before_image/logits." + variant.suffix;
    if (!nf4.has(key)) continue;
    const auto model =
        load_backbone(golden("tiny/model"), variant.options, at::device(at::kCPU).dtype(at::kFloat), &linears);
    const auto batch = batch_of(inputs, *model, variant.options.semantics);
    expect_close(key, model->logits(forward(*model, batch)), nf4[key], kStates32);
  }
}

}  // namespace
}  // namespace llama32med::test
