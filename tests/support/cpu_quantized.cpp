#include "support/cpu_quantized.h"

#include <ATen/ops/bucketize.h>

namespace llama32med::test {

Nf4Tensor quantize_as_cpu(const at::Tensor& weight) {
  auto packed = quantize_nf4(weight);
  const auto scales = quantize_nf4(weight, {.scales = DoubleQuantization::kOff}).absmax;
  const auto nested = packed.nested_absmax.repeat_interleave(packed.nested_block).narrow(0, 0, packed.blocks());
  const auto scaled = (scales - scales.mean()) * nested.clamp_min(1e-38).reciprocal();
  const auto places = ((scaled + 1) * 0.5 * 65535 + 0.5).floor() * 2 / 65535 - 1;
  const auto& map = packed.nested_quant_map;
  packed.absmax = at::bucketize(places, (map.narrow(0, 0, 255) + map.narrow(0, 1, 255)) / 2).to(at::kByte);
  return packed;
}

CpuQuantized::CpuQuantized(const WeightSource& base, const std::function<bool(const std::string& weight)>& chosen)
    : base_(&base) {
  for (const auto& name : base.names()) {
    if (!name.ends_with(".weight") || base.info(name).shape.size() != 2 || !chosen(name)) continue;
    for (const auto& [part, tensor] : named_tensors(name, quantize_as_cpu(base.read(name, at::kCPU))))
      packed_.insert_or_assign(part, tensor);
  }
}

bool CpuQuantized::has(const std::string& name) const { return packed_.contains(name) || base_->has(name); }

TensorInfo CpuQuantized::info(const std::string& name) const {
  const auto found = packed_.find(name);
  if (found == packed_.end()) return base_->info(name);
  return {found->second.scalar_type(), found->second.sizes().vec()};
}

at::Tensor CpuQuantized::read(const std::string& name, const at::TensorOptions& target) const {
  const auto found = packed_.find(name);
  return found == packed_.end() ? base_->read(name, target) : found->second.to(target).clone();
}

std::vector<std::string> CpuQuantized::names() const {
  std::set<std::string> all;
  for (const auto& name : base_->names()) all.insert(name);
  for (const auto& [name, tensor] : packed_) all.insert(name);
  return {all.begin(), all.end()};
}

}  // namespace llama32med::test
