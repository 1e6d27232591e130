#include "train/eight_bit.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/bucketize.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <cmath>

namespace llama32med {
namespace {

constexpr int kDecades = 7;

// [n] -> [blocks, 256], padded with zeros
at::Tensor in_blocks(const at::Tensor& flat) {
  const auto missing = (kEightBitBlock - flat.numel() % kEightBitBlock) % kEightBitBlock;
  return (missing ? at::constant_pad_nd(flat, {0, missing}) : flat).view({-1, kEightBitBlock});
}

at::Tensor table(const std::vector<float>& values, const at::Device& device) {
  return at::tensor(values, at::kFloat).to(device);
}

}  // namespace

std::vector<float> dynamic_values(Signs signs) {
  std::vector<float> values{0, 1};
  for (int e = 0; e < kDecades; ++e) {
    const int parts = 1 << (signs == Signs::kBoth ? e : e + 1);
    const double decade = std::pow(10.0, e - kDecades + 1);
    for (int i = 0; i < parts; ++i) {
      const auto value = static_cast<float>(decade * (0.1 + 0.9 * (i + 0.5) / parts));
      values.push_back(value);
      if (signs == Signs::kBoth) values.push_back(-value);
    }
  }
  std::sort(values.begin(), values.end());
  return values;
}

ByteBlocks to_bytes(const at::Tensor& x, Signs signs) {
  const auto blocks = in_blocks(x.flatten());
  const auto largest = blocks.abs().amax(1);  // [blocks]
  const auto scaled = blocks / at::where(largest > 0, largest, 1).unsqueeze(1);
  const auto values = dynamic_values(signs);
  std::vector<float> borders;
  for (std::size_t i = 1; i < values.size(); ++i) borders.push_back((values[i - 1] + values[i]) / 2);
  const auto codes = at::bucketize(scaled, table(borders, x.device()), /*out_int32=*/true).to(at::kByte);
  return {codes.flatten().narrow(0, 0, x.numel()).contiguous(), largest};
}

at::Tensor from_bytes(const ByteBlocks& blocks, Signs signs, at::IntArrayRef shape) {
  const auto values = table(dynamic_values(signs), blocks.codes.device());
  const auto scaled = in_blocks(values.index_select(0, blocks.codes.to(at::kInt)));
  return (scaled * blocks.largest.unsqueeze(1)).flatten().narrow(0, 0, blocks.codes.numel()).view(shape);
}

}  // namespace llama32med
