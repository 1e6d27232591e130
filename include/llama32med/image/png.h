// Writes uncompressed PNG (ISO/IEC 15948) without a library, so that the bytes depend on the pixels alone and not on
// a library's version.
#pragma once
#include <string>

#include "llama32med/image/picture.h"

namespace llama32med {

// The PNG file of an 8-bit image, gray or RGB. Sides must be positive; pixels are [height, width, channels].
std::string encode_png(const Picture& picture);

}  // namespace llama32med
