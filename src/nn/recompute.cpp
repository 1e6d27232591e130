#include "llama32med/nn/recompute.h"

#include <ATen/Context.h>
#include <ATen/core/Generator.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <mutex>
#include <utility>

namespace llama32med {
namespace {

// State of the random generators on the CPU and, if an input is on a GPU, on that GPU.
class RandomState {
 public:
  explicit RandomState(const std::vector<at::Tensor>& inputs) {
    remember(at::kCPU);
    const auto on_gpu = std::find_if(inputs.begin(), inputs.end(), [](const auto& input) { return !input.is_cpu(); });
    if (on_gpu != inputs.end()) remember(on_gpu->device());
  }

  void restore() const {
    for (auto [generator, state] : states_) {
      const std::lock_guard<std::mutex> lock(generator.mutex());
      generator.set_state(state);
    }
  }

 private:
  void remember(const at::Device& device) {
    auto generator = at::globalContext().defaultGenerator(device);
    const std::lock_guard<std::mutex> lock(generator.mutex());
    states_.emplace_back(generator, generator.get_state());
  }

  std::vector<std::pair<at::Generator, at::Tensor>> states_;
};

std::vector<at::Tensor> detached(const std::vector<at::Tensor>& inputs) {
  std::vector<at::Tensor> leaves;
  for (const auto& input : inputs) leaves.push_back(input.detach().set_requires_grad(input.requires_grad()));
  return leaves;
}

struct Rerun final : torch::CustomClassHolder {
  Rerun(Block run, RandomState state) : block(std::move(run)), random(std::move(state)) {}
  Block block;
  RandomState random;  // before the first run
  at::Tensor result;   // from the first run, until the graph owns it
};

class Recomputed : public torch::autograd::Function<Recomputed> {
 public:
  // `anchor` needs a gradient, so that there is a backward pass even if no input needs one.
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& /*anchor*/,
                            const c10::intrusive_ptr<Rerun>& rerun, at::TensorList inputs) {
    context->save_for_backward(inputs.vec());
    context->saved_data["rerun"] = c10::IValue::make_capsule(rerun);
    return std::exchange(rerun->result, {});
  }

  static std::vector<at::Tensor> backward(torch::autograd::AutogradContext* context,
                                          const std::vector<at::Tensor>& gradients) {
    const auto holder = context->saved_data["rerun"].toCapsule();
    const auto& rerun = static_cast<const Rerun&>(*holder);
    const auto leaves = detached(context->get_saved_variables());
    const at::AutoGradMode record(true);
    const RandomState now(leaves);
    rerun.random.restore();
    const auto result = rerun.block(leaves);
    now.restore();
    torch::autograd::backward({result}, gradients);
    std::vector<at::Tensor> all{{}, {}};  // no gradients for anchor and rerun
    for (const auto& leaf : leaves) all.push_back(leaf.grad());
    return all;
  }
};

}  // namespace

at::Tensor recompute(const Block& block, const std::vector<at::Tensor>& inputs) {
  if (!at::GradMode::is_enabled()) return block(inputs);
  const auto rerun = c10::make_intrusive<Rerun>(block, RandomState(inputs));
  {
    const auto result = block(detached(inputs));
    if (!result.requires_grad()) return result;
    rerun->result = result.detach();
  }
  const auto anchor = at::zeros({}).set_requires_grad(true);
  return Recomputed::apply(anchor, rerun, at::TensorList(inputs));
}

at::Tensor run_block(Activations activations, const Block& block, const std::vector<at::Tensor>& inputs) {
  return activations == Activations::kRecompute ? recompute(block, inputs) : block(inputs);
}

}  // namespace llama32med
