// Attention on the device against the CPU, in the shapes that the decoder has: its fused kernels lay results out
// differently.
#include "llama32med/nn/attention.h"

#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cuda_kernels.h"

namespace llama32med::test {
namespace {

constexpr std::int64_t kHeads = 4, kWidth = 16;
constexpr auto kAttentionTypes = {at::kFloat, at::kBFloat16};

struct Shape {
  std::int64_t rows, key_heads, queries, keys;
};
const std::vector<Shape> kShapes = {{1, 2, 1, 9}, {3, 2, 1, 9}, {1, 2, 5, 7}, {3, 2, 5, 7}, {2, 1, 3, 8}, {2, 4, 3, 8}};

std::string label(const Shape& s, at::ScalarType type) {
  return fmt::format("{} rows, {} key heads, {} queries, {} keys, {}", s.rows, s.key_heads, s.queries, s.keys,
                     c10::toString(type));
}

struct Inputs {
  Inputs(const Shape& s, at::ScalarType type)
      : q(split_heads(numbers({s.rows, s.queries, kHeads * kWidth}, 0.37, type), kHeads)),
        k(numbers({s.rows, s.key_heads, s.keys + 3, kWidth}, 0.73, type)),  // a cache with room
        v(numbers({s.rows, s.key_heads, s.keys + 3, kWidth}, 0.91, type)) {}
  at::Tensor q, k, v;
};

class CudaAttention : public Cuda {
 protected:
  // Runs `attend` of q, k, v on both devices, with keys and values in the layout that `lay` gives them.
  template <class Attend, class Lay>
  void compare(const Attend& attend, const Lay& lay) {
    for (const auto type : kAttentionTypes)
      for (const auto& shape : kShapes) {
        const Inputs in(shape, type);
        const auto part = [&](const at::Tensor& x) { return lay(x).narrow(2, 0, shape.keys); };
        const auto expected = attend(in.q, part(in.k), part(in.v));
        const auto ours = attend(in.q.to(gpu()), part(in.k.to(gpu())), part(in.v.to(gpu())));
        expect_close(label(shape, type), ours.cpu(), expected, rounding(type));
        expect_close(label(shape, type), merge_heads(ours).cpu(), merge_heads(expected), rounding(type));
      }
  }
};

at::Tensor as_it_is(const at::Tensor& x) { return x; }
at::Tensor heads_outside(const at::Tensor& x) { return x.transpose(0, 1).contiguous().transpose(0, 1); }

TEST_F(CudaAttention, OfAllKeys) {
  compare(attend_all, as_it_is);
  compare(attend_all, heads_outside);
}

TEST_F(CudaAttention, OfThePastAlone) {
  const auto causal = [](const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
    const auto both = std::min(q.size(2), k.size(2));
    return attend_causal(q.narrow(2, 0, both), k.narrow(2, 0, both), v.narrow(2, 0, both));
  };
  compare(causal, as_it_is);
}

TEST_F(CudaAttention, OfKeysThatABiasLeaves) {
  const auto biased = [](const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
    const auto zero = at::zeros({}, q.options());
    const auto end = at::arange(2, 2 + q.size(0) * q.size(2), q.options()).view({q.size(0), 1, q.size(2), 1});
    const auto bias = at::where(at::arange(k.size(2), q.options()) < end, zero, zero.log());
    return attend_biased(q, k, v, prepared_bias(bias, q.options(), {q.size(1), k.size(1)}));
  };
  compare(biased, as_it_is);
  compare(biased, heads_outside);
}

TEST_F(CudaAttention, OfKeysThatCountSeveralTimes) {
  const auto multiple = [](const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
    const auto logs = at::arange(1, 1 + k.size(2), q.options().dtype(at::kDouble)).log();
    return attend_multiple(q, k, v, key_multiplicity(logs, q.size(3), q.scalar_type()));
  };
  compare(multiple, as_it_is);
}

}  // namespace
}  // namespace llama32med::test
