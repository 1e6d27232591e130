// How large an image may be. Decided from its header, before any pixel is decoded, and for one image: every thread that
// decodes has one image at a time.
//
// A file of a few bytes can ask for gigabytes. Decoding takes at most the multiple of the budget that the table in
// src/image/README.md states. The default admits the largest radiographs there are, 8192 x 8192 pixels, in 8-bit color
// with alpha or in 16-bit gray. A larger budget can be set up to PIL's own limit, so that no budget admits what PIL and
// transformers refuse.
#pragma once
#include <cstdint>

namespace llama32med {

struct ImageBudget {
  std::int64_t max_pixels = 8192 * 8192;
  std::int64_t max_mib = 256;  // decoded samples in MiB: height x width x channels x bytes per sample
};

inline constexpr std::int64_t kMostImagePixels = 178'956'970;  // where PIL refuses an image as a decompression bomb
inline constexpr std::int64_t kMostImageMib = 8 * kMostImagePixels >> 20;  // with four 16-bit channels
inline constexpr std::int64_t kMostImageSide = 20'000;                     // longer sides come from a wrong unit

}  // namespace llama32med
