#include "models/mllama/linear_values.h"

#include <algorithm>

namespace llama32med::mllama {
namespace {

struct Member {
  SizedLinear size;
  LinearUse use;
};

// See computes_together() in nn/linear.h.
bool may_join(const LinearUse& use) { return !use.is_dora && !use.drops && !use.trains; }

// See LinearGroup::together(): dense weights are one matrix; others join for their adapters.
bool is_joined(const Precision& precision, const std::vector<Member>& members) {
  const auto all = [&](auto holds) { return std::ranges::all_of(members, holds); };
  const bool dense = all([](const Member& member) { return !member.use.is_packed; });
  const bool plain = all([](const Member& member) { return member.use.rank == 0; });
  return precision.on_gpu && all([](const Member& member) { return may_join(member.use); }) && (dense || !plain) &&
         (members.size() > 1 || !plain);
}

// The node of an AdaptedGroup keeps x and x A^T; its copy of the factors in the compute dtype stays from step to step
// and belongs to the adapters, not to a pass.
void add_joined(const std::vector<Member>& members, LinearValues& values) {
  values.keeps_input = values.joined = true;
  for (const auto& [size, use] : members) values.per_row += static_cast<double>(use.rank);
}

// A layer that computes alone, by expressions (LoraLinear, DoraLinear):
//   trained weight    x
//   adapter           x or, with dropout, a copy of it and the mask (bytes on a GPU); x A^T; A and B if they are cast
//   DoRA              the two results that the magnitudes multiply [.., out], and these factors [out]
void add_alone(const Precision& precision, const Member& member, LinearValues& values) {
  const auto& [size, use] = member;
  values.keeps_input |= use.trains || (use.rank > 0 && !use.drops);
  if (use.rank == 0) return;
  const auto rank = static_cast<double>(use.rank);
  values.per_row += rank;
  if (use.drops) values.per_row += size.in + (precision.on_gpu ? size.in / precision.bytes : size.in);
  if (precision.is_half) values.fixed += rank * (size.in + size.out);
  if (!use.is_dora) return;
  values.per_row += 2 * size.out;
  values.fixed += 2 * size.out;
}

}  // namespace

LinearValues linear_values(const CostQuery& query, const std::vector<SizedLinear>& layers) {
  const Precision precision(query.target);
  std::vector<Member> members;
  LinearValues values;
  for (const auto& layer : layers) {
    members.push_back({layer, query.linear(layer.module)});
    values.changes |= members.back().use.changes();
  }
  if (is_joined(precision, members)) {
    add_joined(members, values);
    return values;
  }
  for (const auto& member : members)
    is_joined(precision, {member}) ? add_joined({member}, values) : add_alone(precision, member, values);
  values.joined = false;
  return values;
}

Precision::Precision(const at::TensorOptions& target)
    : bytes(static_cast<double>(target.dtype().itemsize())), is_half(bytes < 4), on_gpu(!target.device().is_cpu()) {}

}  // namespace llama32med::mllama
