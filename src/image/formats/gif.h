// GIF 87a and 89a: the first image of a file, as PIL shows it. OpenCV reads GIF from version 4.11 only.
//
// A first image that is smaller than the screen is drawn on the transparent color, or on color 0.
#pragma once
#include <cstdint>
#include <string_view>

#include "llama32med/image/picture.h"

namespace llama32med {

// Size of the screen, extended by the first image; {0, 0} if there is none.
ImageSize gif_size(std::string_view file);

// 1 or 3 channels, transparency on white; without pixels if the file is corrupt or truncated.
Picture read_gif(std::string_view file);

}  // namespace llama32med
