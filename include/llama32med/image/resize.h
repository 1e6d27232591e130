// Bilinear resizing of 8-bit images, byte for byte equal to PIL's Image.resize(size, BILINEAR).
//
// Two passes, each rounded to 8 bits. Output sample i of n (from m) is the average of the input around c = (i + 0.5) m
// / n under a triangle of half width max(1, m / n), so shrinking averages over everything it covers (known elsewhere as
// "antialias"; OpenCV's and torch's plain bilinear differ). Weights are normalized in double precision and rounded to
// 22 fractional bits; sums are exact integers. A direction whose size does not change is skipped.
//
// Order: along rows first; but along columns first if more than twice as many rows as columns are removed, as Pillow
// does since version 13. Earlier versions always start with the rows: tall images that shrink may then differ by 1 of
// 255 in places.
#pragma once
#include "llama32med/image/picture.h"

namespace llama32med {

// Throws std::invalid_argument for a side below 1 or if the number of samples does not match the image's size.
Picture resize_bilinear(const Picture& picture, ImageSize size);

}  // namespace llama32med
