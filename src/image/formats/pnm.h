// PBM, PGM and PPM (Netpbm, P1 to P6), as text or binary, 8 or 16 bits per sample.
#pragma once
#include <cstdint>
#include <string_view>

#include "image/image_header.h"

namespace llama32med {

bool is_pnm(std::string_view file);
void read_pnm_header(std::string_view file, ImageHeader& header);

// Samples from 0 to `full`, its largest value; a bitmap has 0 and 1, where 1 is white. Without values if the file is
// corrupt or truncated.
struct PnmImage {
  Samples<std::uint16_t> samples;  // [height, width, 1 or 3]
  int full = 0;
};
PnmImage read_pnm(std::string_view file);

// As PIL: samples scaled to 0..255, rounded half to even; deep gray is scaled to 16 bits and clipped.
Picture pnm_to_bytes(const PnmImage& image);

}  // namespace llama32med
