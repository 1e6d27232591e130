// Bilinear resizing of 8-bit pictures, byte for byte what PIL's Image.resize(size, BILINEAR) gives.
//
// Two passes, each rounded to 8 bits. Output sample i of n (from m) is the average of the input around c = (i + 0.5) m
// / n under a triangle of half width max(1, m / n), so shrinking averages over everything it covers (this is
// "antialias" elsewhere; OpenCV's and torch's plain bilinear differ). Weights are summed to one in double precision and
// rounded to 22 fractional bits; sums are exact integers. A direction whose size does not change is not touched.
//
// Order: along rows first; but along columns first where more than twice as many rows as columns are lost, as Pillow
// does from version 13 on. Earlier versions always begin with the rows: tall pictures that shrink then differ by 1 of
// 255 here and there.
#pragma once
#include "llama32med/image/picture.h"

namespace llama32med {

// Throws std::invalid_argument for a side below 1 or more samples than the picture's size says.
Picture resize_bilinear(const Picture& picture, ImageSize size);

}  // namespace llama32med
