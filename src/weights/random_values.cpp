#include "weights/random_values.h"

#include <string>

#include "llama32med/core/random.h"

namespace llama32med {

void fill_centered(std::uint64_t seed, std::string_view name, std::span<float> values) {
  const auto key = fnv1a64(std::to_string(seed) + ":" + std::string(name));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float u = static_cast<float>(splitmix64_at(key, i) >> 40) * 0x1p-24F;  // 24 bits: exact
    values[i] = 2.0F * u - 1.0F;                                                 // exact
  }
}

void scale_values(std::span<float> values, float offset, float scale) {
  for (float& v : values) {
    const float scaled = scale * v;
    v = offset + scaled;
  }
}

void make_gates(std::span<float> values) {
  for (float& v : values) {
    const float scaled = 0.65F * v;
    v = (v < 0 ? -0.35F : 0.35F) + scaled;
  }
}

}  // namespace llama32med
