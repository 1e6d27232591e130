#include "llama32med/nn/low_rank.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/linear.h>

#include <algorithm>

namespace llama32med {

bool CastFactors::empty() const {
  return std::ranges::none_of(adapters_, [](const LowRank& adapter) { return adapter.a.defined(); });
}

void CastFactors::cast(at::ScalarType dtype) const {
  std::int64_t version = 0;
  for (const auto& [a, b, scale] : adapters_)
    if (a.defined()) version += static_cast<std::int64_t>(a._version()) + b._version();
  if (version == version_ && a_.scalar_type() == dtype) return;
  std::vector<at::Tensor> stacked;
  b_.clear();
  for (const auto& [a, b, scale] : adapters_) {
    if (a.defined()) stacked.push_back(a.detach().to(dtype));
    b_.push_back(a.defined() ? (b.detach() * scale).to(dtype).t() : at::Tensor());
  }
  a_ = stacked.size() == 1 ? stacked.front() : at::cat(stacked);
  version_ = version;
}

void CastFactors::add_to(const at::Tensor& y, const at::Tensor& x, const std::vector<std::int64_t>& sizes) const {
  cast(x.scalar_type());
  const auto inner = at::linear(x, a_);  // [rows, sum of ranks]
  std::int64_t column = 0, rank = 0;
  for (std::size_t i = 0; i < sizes.size(); column += sizes[i++]) {
    if (!b_[i].defined()) continue;
    y.narrow(1, column, sizes[i]).addmm_(inner.narrow(1, rank, b_[i].size(0)), b_[i]);
    rank += b_[i].size(0);
  }
}

}  // namespace llama32med
