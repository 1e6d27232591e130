// A picture's looks in 64 bits, for finding copies that were scaled, re-compressed or brightened.
//
// Gray (ITU-R BT.601 weights), shrunk to 32 x 32 (resize.h), two-dimensional DCT-II; of the 8 x 8 lowest frequencies,
// bit 8 v + u says whether coefficient (v, u) is above the median of the 63 without (0, 0) (Zauner, "Implementation and
// benchmarking of perceptual image hash functions", 2010). In whole numbers with a rounded cosine table, so it is the
// same on every machine for the same decoded picture.
#pragma once
#include <cstdint>
#include <filesystem>

#include "llama32med/image/picture.h"

namespace llama32med {

std::uint64_t perceptual_hash(const Picture& picture);
// Throws Error{kData} for a file that cannot be decoded.
std::uint64_t perceptual_hash_of_file(const std::filesystem::path& path);

int hamming_distance(std::uint64_t a, std::uint64_t b);

// Pictures at most so far apart are worth a look. Of VQA-RAD's 315 pictures no two are so near (the nearest: 8); of 192
// of SLAKE's 36 pairs are, neighboring slices of one scan among them, and other patients in the same scanner at 0.
inline constexpr int kNearDuplicate = 6;

}  // namespace llama32med
