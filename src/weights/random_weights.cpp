#include "llama32med/weights/random_weights.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <cmath>
#include <set>
#include <span>
#include <string_view>

#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"
#include "weights/random_values.h"

namespace llama32med {
namespace {

enum class Kind { kUniform, kConstant, kGate };
struct Rule {
  Kind kind;
  double offset = 0, scale = 0;  // uniform in offset - scale .. offset + scale
};

bool is_gate(const std::string& name) {
  return name.ends_with("gate") || name.ends_with("gate_attn") || name.ends_with("gate_ffn");
}

// The second to last component is the module: "...input_layernorm.weight".
bool is_norm(const std::string& name) {
  const auto parts = split("." + name, '.');
  return parts[parts.size() - 2].find("norm") != std::string::npos;
}

// A bare parameter, not the table of a module ("..embedding.weight").
bool is_bare_embedding(const std::string& name) { return name.ends_with("embedding"); }

std::string root_of(const std::string& name) { return name.substr(0, name.find('.')); }

// "a.layers.3" for "a.layers.3.mlp.fc1.weight"; "" outside layers
std::string layer_of(const std::string& name) {
  constexpr std::string_view kLayers = ".layers.";
  const auto at = name.find(kLayers);
  return at == name.npos ? "" : name.substr(0, name.find('.', at + kLayers.size()));
}

std::int64_t inputs_of(at::IntArrayRef shape) { return c10::multiply_integers(shape.slice(1)); }

Rule varied_rule(const std::string& name, at::IntArrayRef shape) {
  const bool weight = name.ends_with("weight");
  if (is_gate(name)) return {Kind::kGate};
  if (is_norm(name)) return {Kind::kUniform, weight ? 1.0 : 0.0, weight ? 0.25 : 0.1};
  if (name.ends_with("embed_tokens.weight")) return {Kind::kUniform, 0, 0.06};  // small, so that a wrong eps is noticed
  if (is_bare_embedding(name)) return {Kind::kUniform, 0, 0.5};
  if (name.ends_with("bias")) return {Kind::kUniform, 0, 0.1};
  return {Kind::kUniform, 0, std::sqrt(3.0 / static_cast<double>(inputs_of(shape)))};
}

Rule uniform_of_deviation(double deviation) { return {Kind::kUniform, 0, deviation * std::sqrt(3.0)}; }

// depth: number of layers in this tensor's residual stream.
Rule plain_rule(const std::string& name, at::IntArrayRef shape, double depth) {
  if (is_gate(name)) return {Kind::kConstant, 0.5};
  if (is_norm(name)) return {Kind::kConstant, name.ends_with("weight") ? 1.0 : 0.0};
  if (name.ends_with("bias")) return uniform_of_deviation(0.02);
  const auto width = static_cast<double>(shape.size() == 1 ? shape[0] : inputs_of(shape));
  // A residual branch ends in o_proj, down_proj or fc2; two branches per layer should add up to about one in total.
  const bool ends_branch =
      name.ends_with("o_proj.weight") || name.ends_with("down_proj.weight") || name.ends_with("fc2.weight");
  const double gain = ends_branch ? 1 / std::sqrt(2.0 * depth) : 1;
  return uniform_of_deviation(gain / std::sqrt(width));
}

std::span<float> values_of(at::Tensor& tensor) {
  return {tensor.mutable_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

}  // namespace

RandomWeights::RandomWeights(const std::vector<NamedShape>& tensors, const RandomOptions& options) : options_(options) {
  std::set<std::string> layers;
  for (const auto& [name, shape] : tensors) {
    shapes_.emplace(name, shape);
    if (const auto layer = layer_of(name); !layer.empty() && layers.insert(layer).second) ++depths_[root_of(layer)];
  }
}

TensorInfo RandomWeights::info(const std::string& name) const {
  if (const auto found = shapes_.find(name); found != shapes_.end()) return {options_.dtype, found->second};
  throw data_error("{}: has no tensor \"{}\"{}", where(), name, did_you_mean(name, names()));
}

std::vector<std::string> RandomWeights::names() const {
  std::vector<std::string> names;
  for (const auto& [name, shape] : shapes_) names.push_back(name);
  return names;
}

std::string RandomWeights::where() const { return fmt::format("random weights with seed {}", options_.seed); }

at::Tensor RandomWeights::read(const std::string& name, const at::TensorOptions& target) const {
  const auto shape = info(name).shape;
  const auto dtype = target.has_dtype() ? c10::typeMetaToScalarType(target.dtype()) : options_.dtype;
  const auto wanted = at::TensorOptions(dtype).device(target.device());
  const auto made = options_.fill == RandomFill::kOnDevice ? wanted : at::TensorOptions(at::kFloat);
  const auto values = fill(name, shape, made);
  return options_.fill == RandomFill::kOnDevice ? values : values.to(options_.dtype).to(wanted);
}

at::Tensor RandomWeights::centered(const std::string& stream, at::IntArrayRef shape,
                                   const at::TensorOptions& made) const {
  auto values = at::empty(shape, made);
  if (options_.fill == RandomFill::kOnDevice) return values.uniform_(-1, 1);
  fill_centered(options_.seed, stream, values_of(values));
  return values;
}

at::Tensor RandomWeights::fill(const std::string& name, at::IntArrayRef shape, const at::TensorOptions& made) const {
  const auto rule =
      options_.rule == WeightRule::kVaried ? varied_rule(name, shape) : plain_rule(name, shape, depth_around(name));
  if (rule.kind == Kind::kConstant) return at::full(shape, rule.offset, made);
  if (rule.kind == Kind::kGate) {  // a single value: not worth a device kernel
    auto values = at::empty(shape, at::kFloat);
    fill_centered(options_.seed, name, values_of(values));
    make_gates(values_of(values));
    return values.to(made);
  }
  auto values = centered(name, shape, made);
  if (options_.fill == RandomFill::kOnDevice) return values.mul_(rule.scale).add_(rule.offset);
  scale_values(values_of(values), static_cast<float>(rule.offset), static_cast<float>(rule.scale));
  return values;
}

double RandomWeights::depth_around(const std::string& name) const {
  const auto found = depths_.find(root_of(name));
  return found == depths_.end() ? 1 : static_cast<double>(found->second);
}

}  // namespace llama32med
