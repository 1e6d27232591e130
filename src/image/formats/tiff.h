// TIFF 6.0, also the format of EXIF: what its fields say, and two changes of a file that make libtiff return CMYK as
// stored instead of converting it by its own rule.
#pragma once
#include <string>
#include <string_view>

#include "image/image_header.h"

namespace llama32med {

// Orientation 1 .. 8 of the first page; 1 if absent.
int exif_orientation(std::string_view tiff);

void read_tiff_header(std::string_view file, ImageHeader& header);

// The JPEG as the only strip of a TIFF declared as RGB with alpha: four components as stored.
std::string jpeg_in_tiff(std::string_view jpeg, ImageSize size);

// A TIFF of 8-bit CMYK declared as RGB with alpha: the four inks as stored (0 = no ink).
std::string cmyk_tiff_as_rgba(std::string_view file);

}  // namespace llama32med
