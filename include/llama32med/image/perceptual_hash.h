// A 64-bit perceptual hash of an image, for finding copies that were scaled, recompressed or brightened.
//
// Gray (ITU-R BT.601 weights), shrunk to 32 x 32 (resize.h), two-dimensional DCT-II; of the 8 x 8 lowest frequencies,
// bit 8 v + u says whether coefficient (v, u) is above the median of the 63 without (0, 0) (Zauner, "Implementation and
// benchmarking of perceptual image hash functions", 2010). Computed in integers with a rounded cosine table, so that
// the same decoded image has the same hash on every machine.
#pragma once
#include <cstdint>
#include <filesystem>

#include "llama32med/image/picture.h"

namespace llama32med {

std::uint64_t perceptual_hash(const Picture& picture);
// Throws Error{kData} if the file cannot be decoded.
std::uint64_t perceptual_hash_of_file(const std::filesystem::path& path);

int hamming_distance(std::uint64_t a, std::uint64_t b);

// Images at most this far apart may be near-duplicates. Of VQA-RAD's 315 images no two are this close (the closest: 8).
// Among 192 of SLAKE's, 36 pairs are: adjacent slices of one scan, but also different patients in the same scanner at
// distance 0.
inline constexpr int kNearDuplicate = 6;

}  // namespace llama32med
