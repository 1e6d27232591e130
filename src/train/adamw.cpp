#include "llama32med/train/adamw.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/ranges.h>

#include <set>
#include <stdexcept>

#include "llama32med/core/error.h"
#include "llama32med/kernels/adamw.h"
#include "llama32med/tensor/dtype.h"
#include "train/eight_bit.h"

namespace llama32med {
namespace {

constexpr std::int64_t kSmallest8bit = 4096;       // elements; smaller tensors keep fp32 states, as in bitsandbytes
constexpr std::int64_t kBatchNumbers = 1LL << 26;  // per call; limits the memory for converted gradients and states

at::ScalarType state_type(const at::Tensor& value) {
  return value.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

// The gradient in the state's dtype and the tensor's memory layout, which the fused kernel relies on.
at::Tensor state_gradient(const at::Tensor& value) {
  const auto gradient = value.grad().to(state_type(value));
  return gradient.strides() == value.strides() ? gradient : at::empty_like(value, gradient.options()).copy_(gradient);
}

void scale_gradients(const std::vector<TrainedTensor>& tensors, double scale) {
  std::vector<at::Tensor> gradients;
  for (const auto& tensor : tensors)
    if (tensor.value.grad().defined()) gradients.push_back(tensor.value.grad());
  if (scale != 1 && !gradients.empty()) at::_foreach_mul_(gradients, scale);
}

at::Tensor count_tensor(std::int64_t count) { return at::full({}, count, at::kLong); }

}  // namespace

// A tensor in an update.
struct AdamW::Member {
  const TrainedTensor* tensor;
  State* state;
  at::Tensor gradient;

  const at::Tensor& value() const { return state->fp32.defined() ? state->fp32 : tensor->value; }

  bool alike(const Member& other) const {  // what is one argument of a kernel call
    return tensor->learning_rate == other.tensor->learning_rate && tensor->weight_decay == other.tensor->weight_decay &&
           state->steps == other.state->steps && state_type(tensor->value) == state_type(other.tensor->value) &&
           tensor->value.device() == other.tensor->value.device();
  }

  void write_back() const {
    if (state->fp32.defined())
      at::Tensor(tensor->value).copy_(state->fp32);
    else  // kernels do not bump the version, so cached values (DoRA's norms) would not be recomputed
      tensor->value.unsafeGetTensorImpl()->bump_version();
  }
};

// Tensors updated in one call of libtorch's kernel: same rate, decay, step count, dtype and device.
class AdamW::Batch {
 public:
  Batch(const AdamWConfig& config, double factor) : config_(config), factor_(factor) {}

  void add(Member member) {
    const auto count = member.gradient.numel();
    if (!members_.empty() && (!member.alike(members_.front()) || numbers_ + count > kBatchNumbers)) run();
    const auto& state = *member.state;
    const auto sizes = member.tensor->value.sizes();
    values_.push_back(member.value());
    m_.push_back(state.maps ? from_bytes({state.m, state.m_largest}, state.maps->m, sizes) : state.m);
    v_.push_back(state.maps ? from_bytes({state.v, state.v_largest}, state.maps->v, sizes) : state.v);
    numbers_ += count;
    gradients_.push_back(member.gradient);
    members_.push_back(std::move(member));
  }

  void run() {
    if (members_.empty()) return;
    const auto& first = members_.front();
    const auto count = at::full({}, static_cast<double>(first.state->steps), values_[0].options().dtype(at::kFloat));
    at::_fused_adamw_(values_, gradients_, m_, v_, {}, std::vector<at::Tensor>(values_.size(), count),
                      first.tensor->learning_rate * factor_, config_.beta1, config_.beta2, first.tensor->weight_decay,
                      config_.eps, /*amsgrad=*/false, /*maximize=*/false);
    for (std::size_t i = 0; i < members_.size(); ++i) write_back(i);
    *this = Batch(config_, factor_);
  }

 private:
  void write_back(std::size_t i) {
    members_[i].write_back();
    auto& state = *members_[i].state;
    if (!state.maps) return;
    const auto m = to_bytes(m_[i], state.maps->m), v = to_bytes(v_[i], state.maps->v);
    state.m.copy_(m.codes);
    state.m_largest.copy_(m.largest);
    state.v.copy_(v.codes);
    state.v_largest.copy_(v.largest);
  }

  AdamWConfig config_;
  double factor_;
  std::vector<Member> members_;
  std::vector<at::Tensor> values_, gradients_, m_, v_;
  std::int64_t numbers_ = 0;
};

// The same with our kernel, for tensors with 8-bit states.
class AdamW::EightBitBatch {
 public:
  EightBitBatch(const AdamWConfig& config, double factor) : config_(config), factor_(factor) {}

  static bool serves(const Member& member) {
    return member.state->maps && kernels::eight_bit_adamw_serves(member.value(), member.gradient);
  }

  void add(Member member) {
    if (!members_.empty() && !member.alike(members_.front())) run();
    members_.push_back(std::move(member));
  }

  void run() {
    if (members_.empty()) return;
    const auto& [tensor, state, gradient] = members_.front();
    std::vector<kernels::EightBitTensor> tensors;
    for (const auto& member : members_)
      tensors.push_back({member.value(), member.gradient, member.state->m, member.state->v, member.state->m_largest,
                         member.state->v_largest});
    kernels::eight_bit_adamw(tensors, *state->maps,
                             {tensor->learning_rate * factor_, config_.beta1, config_.beta2, config_.eps,
                              tensor->weight_decay, state->steps});
    for (const auto& member : members_) member.write_back();
    members_.clear();
  }

 private:
  AdamWConfig config_;
  double factor_;
  std::vector<Member> members_;
};

AdamW::AdamW(std::vector<TrainedTensor> tensors, const AdamWConfig& config)
    : tensors_(std::move(tensors)), config_(config) {
  std::set<std::string> names;
  for (const auto& tensor : tensors_) {
    if (!names.insert(tensor.name).second) throw std::logic_error("duplicate trained tensor: " + tensor.name);
    states_.push_back(new_state(tensor.value));
  }
}

bool AdamW::has_8bit_states(const at::Tensor& value) const {
  return config_.states == OptimizerStates::k8bit && value.numel() >= kSmallest8bit && state_type(value) == at::kFloat;
}

std::shared_ptr<const kernels::EightBitMaps> AdamW::maps_on(const at::Device& device) const {
  for (std::size_t i = 0; i < states_.size(); ++i)
    if (states_[i].maps && states_[i].m.device() == device) return states_[i].maps;
  return std::make_shared<kernels::EightBitMaps>(
      kernels::EightBitMaps{map_on(device, Signs::kBoth), map_on(device, Signs::kPositive)});
}

AdamW::State AdamW::new_state(const at::Tensor& value) const {
  const at::NoGradGuard no_gradients;
  const auto options = value.options().dtype(state_type(value)).requires_grad(false);
  State state;
  if (value.scalar_type() != state_type(value)) state.fp32 = value.detach().to(at::kFloat);
  if (has_8bit_states(value)) {
    state.maps = maps_on(value.device());
    const auto zero = at::zeros_like(value.detach(), options);
    const auto m = to_bytes(zero, state.maps->m), v = to_bytes(zero, state.maps->v);
    state.m = m.codes, state.m_largest = m.largest;
    state.v = v.codes, state.v_largest = v.largest;
    return state;
  }
  state.m = at::zeros_like(value.detach(), options);
  state.v = at::zeros_like(value.detach(), options);
  return state;
}

void AdamW::step(double learning_rate_factor, double gradient_scale) {
  const at::NoGradGuard no_gradients;
  scale_gradients(tensors_, gradient_scale);
  Batch batch(config_, learning_rate_factor);
  EightBitBatch eight_bit(config_, learning_rate_factor);
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (!tensors_[i].value.grad().defined()) continue;
    ++states_[i].steps;
    Member member{&tensors_[i], &states_[i], state_gradient(tensors_[i].value)};
    EightBitBatch::serves(member) ? eight_bit.add(std::move(member)) : batch.add(std::move(member));
  }
  batch.run();
  eight_bit.run();
  ++steps_;
}

void AdamW::zero_grad() {
  for (const auto& tensor : tensors_) tensor.value.mutable_grad().reset();
}

std::map<std::string, at::Tensor> AdamW::tensors_of_state() const {
  std::map<std::string, at::Tensor> all;
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const auto& state = states_[i];
    const auto& name = tensors_[i].name;
    all.emplace(name + ".m", state.m);
    all.emplace(name + ".v", state.v);
    if (state.m_largest.defined()) all.emplace(name + ".m_largest", state.m_largest);
    if (state.v_largest.defined()) all.emplace(name + ".v_largest", state.v_largest);
    if (state.fp32.defined()) all.emplace(name + ".fp32", state.fp32);
  }
  return all;
}

std::map<std::string, at::Tensor> AdamW::state() const {
  auto all = tensors_of_state();
  for (std::size_t i = 0; i < tensors_.size(); ++i)
    all.emplace(tensors_[i].name + ".steps", count_tensor(states_[i].steps));
  all.emplace("steps", count_tensor(steps_));
  return all;
}

void AdamW::load_state(const SafetensorsFile& file) {
  const at::NoGradGuard no_gradients;
  const auto ours = state();
  for (const auto& [name, tensor] : ours) {
    const auto [dtype, shape] = file.info(name);
    if (dtype != tensor.scalar_type() || at::IntArrayRef(shape) != tensor.sizes())
      throw data_error("{}: tensor \"{}\" is {} [{}], the optimizer of this run has {} [{}]", file.path().string(),
                       name, dtype_name(dtype), fmt::join(shape, ", "), dtype_name(tensor.scalar_type()),
                       fmt::join(tensor.sizes(), ", "));
  }
  for (const auto& name : file.names())
    if (!ours.contains(name))
      throw data_error("{}: tensor \"{}\" does not belong to any tensor that this run trains", file.path().string(),
                       name);
  for (auto& [name, tensor] : tensors_of_state()) tensor.copy_(file.tensor(name));
  for (std::size_t i = 0; i < tensors_.size(); ++i)
    states_[i].steps = file.tensor(tensors_[i].name + ".steps").item<std::int64_t>();
  steps_ = file.tensor("steps").item<std::int64_t>();
}

std::int64_t AdamW::bytes() const {
  std::int64_t total = 0;
  for (const auto& [name, tensor] : tensors_of_state()) total += static_cast<std::int64_t>(tensor.nbytes());
  return total;
}

}  // namespace llama32med
