// PNG (ISO/IEC 15948) written without compression, by our own few lines: the bytes depend on the pixels alone, where a
// library's depend on its version.
#pragma once
#include <string>

#include "llama32med/image/picture.h"

namespace llama32med {

// The file of an 8-bit picture, gray or RGB. Its sides must be positive and its pixels [height, width, channels].
std::string encode_png(const Picture& picture);

}  // namespace llama32med
