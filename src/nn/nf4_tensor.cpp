#include "llama32med/nn/nf4_tensor.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>
#include <tuple>

#include "llama32med/core/error.h"
#include "nn/nf4_levels.h"

namespace llama32med {
namespace {

constexpr std::int64_t kLargestBlock = 4096;
constexpr std::int64_t kBlocksATask = 256;
constexpr float kSmallestScale = 1e-38f;  // a block of zeros is multiplied by 1 / this: zero, not NaN
constexpr std::uint8_t kZeroCode = 7;     // pads an odd number of values

template <class Action>
void with_type(at::ScalarType type, Action action) {
  switch (type) {
    case at::kFloat:
      return action(float{});
    case at::kBFloat16:
      return action(at::BFloat16{});
    case at::kHalf:
      return action(at::Half{});
    case at::kDouble:
      return action(double{});
    default:
      throw data_error("NF4 needs floating-point values, not {}", c10::toString(type));
  }
}

at::Tensor tensor_of(std::span<const float> values) {
  return at::tensor(at::ArrayRef<float>(values.data(), values.size()), at::kFloat);
}

constexpr std::array<float, 15> middles_of_levels() {
  std::array<float, 15> middles{};
  for (std::size_t i = 0; i < middles.size(); ++i) middles[i] = (kNf4Levels[i] + kNf4Levels[i + 1]) / 2;
  return middles;
}
constexpr auto kMiddles = middles_of_levels();

// The bits of non-negative floats are ordered like the floats, with infinity and NaN last, so NaN is not lost.
float largest_absolute(const float* values, std::int64_t count) {
  std::int32_t largest = 0;
  for (std::int64_t i = 0; i < count; ++i)
    largest = std::max(largest, std::bit_cast<std::int32_t>(values[i]) & 0x7fff'ffff);
  return std::bit_cast<float>(largest);
}

// Quantizes one block to its scale and ceil(count / 2) bytes of codes.
template <class Number>
float quantize_block(const Number* weight, std::int64_t count, std::uint8_t* codes) {
  float values[kLargestBlock];
  std::int32_t levels[kLargestBlock];
  for (std::int64_t i = 0; i < count; ++i) values[i] = static_cast<float>(weight[i]);
  const float scale = largest_absolute(values, count);
  const float inverse = 1 / std::max(scale, kSmallestScale);
  for (std::int64_t i = 0; i < count; ++i) values[i] *= inverse, levels[i] = 0;
  for (const float middle : kMiddles)
    for (std::int64_t i = 0; i < count; ++i) levels[i] += values[i] > middle;
  for (std::int64_t i = 0; i + 1 < count; i += 2)
    codes[i / 2] = static_cast<std::uint8_t>(levels[i] << 4 | levels[i + 1]);
  if (count % 2) codes[count / 2] = static_cast<std::uint8_t>(levels[count - 1] << 4 | kZeroCode);
  return scale;
}

// Fills in the codes and fp32 scales of a contiguous weight on the CPU.
void quantize_blocks(const at::Tensor& dense, Nf4Tensor& packed) {
  const auto count = dense.numel();
  packed.codes = at::empty({(count + 1) / 2, 1}, at::kByte);
  packed.absmax = at::empty({packed.blocks()}, at::kFloat);
  auto* codes = packed.codes.mutable_data_ptr<std::uint8_t>();
  auto* scales = packed.absmax.mutable_data_ptr<float>();
  with_type(packed.dtype, [&]<class Number>(Number) {
    const auto* values = dense.const_data_ptr<Number>();
    at::parallel_for(0, packed.blocks(), kBlocksATask, [&](std::int64_t first, std::int64_t last) {
      for (auto b = first; b < last; ++b) {
        const auto begin = b * packed.block;
        scales[b] = quantize_block(values + begin, std::min(packed.block, count - begin), codes + begin / 2);
      }
    });
  });
}

std::uint8_t nearest_scale_level(float value) {
  static constexpr auto kLevels = scale_levels();
  const auto above = std::upper_bound(kLevels.begin() + 1, kLevels.end() - 1, value) - kLevels.begin();  // 1 .. 255
  const auto below = above - 1;
  const float middle = (kLevels[static_cast<std::size_t>(below)] + kLevels[static_cast<std::size_t>(above)]) * 0.5f;
  const bool down = value == middle ? below % 2 == 0 : value < middle;
  return static_cast<std::uint8_t>(down ? below : above);
}

// Replaces the fp32 scales in `packed.absmax` with 8-bit codes.
void quantize_scales(Nf4Tensor& packed) {
  const auto blocks = packed.blocks();
  const auto mean = packed.absmax.mean();
  const auto centered = packed.absmax - mean;
  packed.offset = mean.item<float>();
  packed.nested_block = kNestedBlock;
  packed.nested_absmax = at::empty({(blocks + kNestedBlock - 1) / kNestedBlock}, at::kFloat);
  packed.nested_quant_map = tensor_of(scale_levels());
  packed.absmax = at::empty({blocks}, at::kByte);
  const auto* values = centered.const_data_ptr<float>();
  auto* codes = packed.absmax.mutable_data_ptr<std::uint8_t>();
  auto* largest = packed.nested_absmax.mutable_data_ptr<float>();
  at::parallel_for(0, packed.nested_absmax.numel(), 16, [&](std::int64_t first, std::int64_t last) {
    for (auto nested = first; nested < last; ++nested) {
      const auto begin = nested * kNestedBlock, end = std::min(begin + kNestedBlock, blocks);
      largest[nested] = largest_absolute(values + begin, end - begin);
      const float inverse = 1 / std::max(largest[nested], kSmallestScale);
      for (auto i = begin; i < end; ++i) codes[i] = nearest_scale_level(values[i] * inverse);
    }
  });
}

// Dequantizes one block: rounds the 16 products once instead of each value.
template <class Number>
void dequantize_block(const std::uint8_t* codes, std::int64_t count, const float* levels, float scale, Number* out) {
  Number products[16];
  for (int i = 0; i < 16; ++i) products[i] = static_cast<Number>(levels[i] * scale);
  for (std::int64_t i = 0; i + 1 < count; i += 2) {
    const auto pair = codes[i / 2];
    out[i] = products[pair >> 4];
    out[i + 1] = products[pair & 15];
  }
  if (count % 2) out[count - 1] = products[codes[count / 2] >> 4];
}

}  // namespace

Nf4Tensor Nf4Tensor::to(const at::Device& device) const {
  Nf4Tensor there = *this;
  for (auto* part : {&there.codes, &there.absmax, &there.quant_map, &there.nested_absmax, &there.nested_quant_map})
    if (part->defined()) *part = part->to(device);
  return there;
}

Nf4Tensor quantize_nf4(const at::Tensor& weight, const Nf4Options& options) {
  if (options.block < 32 || options.block > kLargestBlock || !std::has_single_bit(std::uint64_t(options.block)))
    throw usage_error("NF4: block size must be 32, 64, 128 .. {}, not {}", kLargestBlock, options.block);
  Nf4Tensor packed;
  packed.block = options.block, packed.shape = weight.sizes().vec(), packed.dtype = weight.scalar_type();
  packed.quant_map = tensor_of(kNf4Levels);
  if (kernels::nf4_quantize_serves(weight.device(), packed.dtype))
    std::tie(packed.codes, packed.absmax) = kernels::nf4_quantize(weight.detach(), packed.block, kMiddles);
  else
    quantize_blocks(weight.detach().cpu().contiguous(), packed);
  packed.absmax = packed.absmax.cpu();  // few numbers
  if (weight.numel() > 0 && !std::isfinite(packed.absmax.sum().item<double>()))
    throw data_error("contains NaN or infinity, which 4-bit weights cannot represent");
  if (options.scales == DoubleQuantization::kOn && weight.numel() > 0) quantize_scales(packed);
  return packed.to(weight.device());
}

at::Tensor dequantize(const Nf4Tensor& packed, at::ScalarType dtype) {
  if (!packed.codes.is_cpu()) return kernels::nf4_dequantize(packed, dtype);
  const auto weight = at::empty(packed.shape, dtype);
  const auto scales = kernels::nf4_scales(packed).contiguous();
  const auto* codes = packed.codes.const_data_ptr<std::uint8_t>();
  const auto *scale = scales.const_data_ptr<float>(), *levels = packed.quant_map.const_data_ptr<float>();
  const auto count = packed.numel();
  with_type(dtype, [&]<class Number>(Number) {
    auto* out = weight.mutable_data_ptr<Number>();
    at::parallel_for(0, packed.blocks(), kBlocksATask, [&](std::int64_t first, std::int64_t last) {
      for (auto b = first; b < last; ++b) {
        const auto begin = b * packed.block;
        dequantize_block(codes + begin / 2, std::min(packed.block, count - begin), levels, scale[b], out + begin);
      }
    });
  });
  return weight;
}

}  // namespace llama32med
