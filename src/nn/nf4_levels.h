// The levels of NF4 and of double quantization, as fp32 values.
#pragma once
#include <array>

namespace llama32med {

// Quantiles of a normal distribution, scaled to [-1, 1], with a zero: https://arxiv.org/abs/2305.14314, appendix E,
// with the digits that bitsandbytes writes as "quant_map" (MIT; tests/golden/tiny/nf4.safetensors).
inline constexpr std::array<float, 16> kNf4Levels = {
    -1.0f,      -0.6961928f, -0.52507305f, -0.3949175f, -0.28444138f, -0.18477343f, -0.091050036f, 0.0f,
    0.0795803f, 0.1609302f,  0.2461123f,   0.33791524f, 0.44070983f,  0.562617f,    0.72295684f,   1.0f,
};

// The positive levels below 1 of the signed 8-bit map (dynamic tree quantization, https://arxiv.org/abs/1511.04561):
// midpoints of decades from 1e-6 to 1, where decade 10^-k is divided into 2^(6 - k) equal parts, with the digits that
// bitsandbytes writes as "nested_quant_map".
inline constexpr std::array<float, 127> kPositiveScaleLevels = {
    5.5000004e-07f, 3.2500002e-06f, 7.75e-06f,      2.1249998e-05f, 4.375e-05f,    6.625e-05f,     8.875e-05f,
    1.5625001e-04f, 2.6875004e-04f, 3.8125002e-04f, 4.9375003e-04f, 6.062501e-04f, 7.1875006e-04f, 8.3125e-04f,
    9.437501e-04f,  1.2812499e-03f, 1.84375e-03f,   2.40625e-03f,   2.96875e-03f,  3.5312497e-03f, 4.09375e-03f,
    4.6562497e-03f, 5.2187503e-03f, 5.78125e-03f,   6.34375e-03f,   6.90625e-03f,  7.46875e-03f,   8.03125e-03f,
    8.59375e-03f,   9.156249e-03f,  9.71875e-03f,   0.01140625f,    0.01421875f,   0.01703125f,    0.019843752f,
    0.02265625f,    0.02546875f,    0.028281251f,   0.03109375f,    0.03390625f,   0.036718752f,   0.03953125f,
    0.042343747f,   0.04515625f,    0.04796875f,    0.05078125f,    0.05359375f,   0.05640625f,    0.059218753f,
    0.06203125f,    0.06484375f,    0.067656256f,   0.070468746f,   0.07328125f,   0.07609375f,    0.07890625f,
    0.08171876f,    0.08453125f,    0.08734375f,    0.09015625f,    0.092968754f,  0.09578126f,    0.09859375f,
    0.107031256f,   0.12109375f,    0.13515624f,    0.14921875f,    0.16328125f,   0.17734376f,    0.19140625f,
    0.20546874f,    0.21953125f,    0.23359375f,    0.24765624f,    0.26171875f,   0.27578127f,    0.28984374f,
    0.30390626f,    0.31796873f,    0.33203125f,    0.34609374f,    0.36015624f,   0.37421876f,    0.38828123f,
    0.40234375f,    0.41640624f,    0.43046874f,    0.44453126f,    0.45859373f,   0.47265625f,    0.4867187f,
    0.50078124f,    0.5148437f,     0.5289062f,     0.54296875f,    0.5570313f,    0.5710938f,     0.58515626f,
    0.5992187f,     0.61328125f,    0.6273438f,     0.6414063f,     0.65546876f,   0.6695312f,     0.68359375f,
    0.6976563f,     0.7117188f,     0.72578126f,    0.7398437f,     0.75390625f,   0.7679688f,     0.78203124f,
    0.79609376f,    0.8101562f,     0.82421875f,    0.8382813f,     0.85234374f,   0.86640626f,    0.8804687f,
    0.89453125f,    0.9085938f,     0.92265624f,    0.93671876f,    0.9507812f,    0.96484375f,    0.9789063f,
    0.99296874f,
};

// Sorted: the negated levels, 0 at index 127, the levels, 1.
constexpr std::array<float, 256> scale_levels() {
  std::array<float, 256> levels{};
  for (std::size_t i = 0; i < kPositiveScaleLevels.size(); ++i) {
    levels[126 - i] = -kPositiveScaleLevels[i];
    levels[128 + i] = kPositiveScaleLevels[i];
  }
  levels[255] = 1;
  return levels;
}

}  // namespace llama32med
