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
  const auto missing = (kernels::kEightBitBlock - flat.numel() % kernels::kEightBitBlock) % kernels::kEightBitBlock;
  return (missing ? at::constant_pad_nd(flat, {0, missing}) : flat).view({-1, kernels::kEightBitBlock});
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

kernels::EightBitMap map_on(const at::Device& device, Signs signs) {
  const auto values = dynamic_values(signs);
  std::vector<float> borders;
  for (std::size_t i = 1; i < values.size(); ++i) borders.push_back((values[i - 1] + values[i]) / 2);
  return {table(values, device), table(borders, device)};
}

ByteBlocks to_bytes(const at::Tensor& x, const kernels::EightBitMap& map) {
  const auto blocks = in_blocks(x.flatten());
  const auto largest = blocks.abs().amax(1);  // [blocks]
  const auto scaled = blocks / at::where(largest > 0, largest, 1).unsqueeze(1);
  const auto codes = at::bucketize(scaled, map.borders, /*out_int32=*/true).to(at::kByte);
  return {codes.flatten().narrow(0, 0, x.numel()).contiguous(), largest};
}

at::Tensor from_bytes(const ByteBlocks& blocks, const kernels::EightBitMap& map, at::IntArrayRef shape) {
  const auto scaled = in_blocks(map.values.index_select(0, blocks.codes.to(at::kInt)));
  return (scaled * blocks.largest.unsqueeze(1)).flatten().narrow(0, 0, blocks.codes.numel()).view(shape);
}

}  // namespace llama32med
