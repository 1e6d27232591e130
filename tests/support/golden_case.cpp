#include "support/golden_case.h"

#include <ATen/ops/zeros.h>

#include "llama32med/core/config_json.h"

namespace llama32med::test {
namespace {

at::Tensor case_pixels(const at::Tensor& mask) {  // [B, M, T] -> [B, M, T, 3, S, S]
  static const Golden vision("vision");
  const auto side = vision["pixels/1"].size(-1);
  auto pixels = at::zeros({mask.size(0), mask.size(1), mask.size(2), 3, side, side});
  for (std::int64_t b = 0; b < mask.size(0); ++b)
    for (std::int64_t m = 0; m < mask.size(1); ++m) {
      const auto tiles = mask.select(0, b).select(0, m).sum().item<std::int64_t>();
      pixels.select(0, b).select(0, m).narrow(0, 0, tiles).copy_(vision["pixels/" + std::to_string(tiles)]);
    }
  return pixels;
}

}  // namespace

Golden::Golden(const std::string& name) : file_(golden("tiny/" + name + ".safetensors")) {}

HfInputs case_inputs(const Golden& golden, const std::string& name) {
  HfInputs inputs;
  inputs.input_ids = golden[name + "/input_ids"];
  inputs.attention_mask = golden[name + "/attention_mask"];
  if (!golden.has(name + "/aspect_ratio_ids")) return inputs;
  inputs.aspect_ratio_ids = golden[name + "/aspect_ratio_ids"];
  inputs.aspect_ratio_mask = golden[name + "/aspect_ratio_mask"];
  inputs.cross_attention_mask = golden[name + "/cross_attention_mask"];
  inputs.pixel_values = case_pixels(inputs.aspect_ratio_mask);
  // absent images: make_goldens sets mask[.., 0] = 1 for them, and their pixels to zero
  for (std::int64_t b = 0; b < inputs.aspect_ratio_ids.size(0); ++b)
    for (std::int64_t m = 0; m < inputs.aspect_ratio_ids.size(1); ++m)
      if (inputs.aspect_ratio_ids[b][m].item<std::int64_t>() == 0) inputs.pixel_values[b][m].zero_();
  return inputs;
}

double golden_number(const std::string& file, const std::string& name, const std::string& key) {
  return read_json(golden("tiny/" + file + ".json")).at("values").at(name).at(key).get<double>();
}

}  // namespace llama32med::test
