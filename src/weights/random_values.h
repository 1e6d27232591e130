// The exact arithmetic of random weights (rules in random_weights.h). No tensors here, so that the source can be
// compiled without fused multiply-adds.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace llama32med {

// v_i in [-1, 1) for the key "<seed>:<name>".
void fill_centered(std::uint64_t seed, std::string_view name, std::span<float> values);
// v -> offset + scale v
void scale_values(std::span<float> values, float offset, float scale);
// v -> sign(v) (0.35 + 0.65 |v|): never near zero
void make_gates(std::span<float> values);

}  // namespace llama32med
