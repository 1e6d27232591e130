// The loss and the gradient of every parameter, in fp32.
#include <gtest/gtest.h>

#include "cuda_model.h"
#include "llama32med/train/loss.h"

namespace llama32med::test {
namespace {

double backward(Backbone& model, const HfBatch& batch, const at::Tensor& labels) {
  model.parameters().require_gradients();
  const auto loss = next_token_loss(model, forward(model, batch), labels);
  const auto mean = loss.sum / static_cast<double>(loss.count);
  mean.backward();
  return mean.item<double>();
}

TEST_F(Cuda, LossAndEveryGradient) {
  const Golden train("train");
  for (const auto& options : all_options()) {
    const Pair model(options);
    const auto batch = batch_of(case_inputs(train, "train_a"), *model.cpu, options.semantics);
    const auto labels = train["train_a/labels"];
    const double expected = backward(*model.cpu, batch, labels);
    EXPECT_NEAR(backward(*model.cuda, batch, labels), expected, kLoss32.absolute) << label(options);
    const auto& cpu = model.cpu->parameters().all();
    const auto& cuda = model.cuda->parameters().all();
    ASSERT_EQ(cuda.size(), cpu.size());
    for (std::size_t i = 0; i < cpu.size(); ++i) {
      const auto name = label(options) + " " + cpu[i].name;
      ASSERT_EQ(cuda[i].value.grad().defined(), cpu[i].value.grad().defined()) << name;
      if (cpu[i].value.grad().defined()) expect_close(name, cuda[i].value.grad(), cpu[i].value.grad(), kGradients32);
    }
  }
}

}  // namespace
}  // namespace llama32med::test
