// GIF 87a and 89a: the first image of a file, as PIL shows it. OpenCV reads GIF from version 4.11 only.
//
// A first image that is smaller than the screen is drawn on the transparent color, or on color 0.
#pragma once
#include <cstdint>
#include <string_view>

#include "image/samples.h"

namespace llama32med {

// Size of the screen, extended by the first image; {0, 0} if there is none.
ImageSize gif_size(std::string_view file);

// [height, width, 1, 3 or 4]; without values if the file is corrupt or truncated.
Samples<std::uint8_t> read_gif(std::string_view file);

}  // namespace llama32med
