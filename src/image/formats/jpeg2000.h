// JPEG 2000 (ISO/IEC 15444-1), a JP2 file or a bare codestream: its size and what a decoder needs besides the samples.
#pragma once
#include <string_view>

#include "image/image_header.h"

namespace llama32med {

// The size is that of the codestream (marker SIZ), which is what is decoded; the box ihdr only repeats it. It stays
// 0 x 0 if the main header or a tile's header cannot be followed, because what they ask for would then be unknown.
void read_jpeg2000_header(std::string_view file, ImageHeader& header);

}  // namespace llama32med
