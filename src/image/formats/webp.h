// Animated WebP: its first frame as a still WebP file, which OpenCV decodes, and its place on the canvas.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "llama32med/image/picture.h"

namespace llama32med {

struct WebpFrame {
  std::string still;               // a complete WebP file; empty if the file is corrupt or truncated
  std::int64_t left = 0, top = 0;  // place of the frame on the canvas
  ImageSize size;
  bool transparent = false;  // the canvas is transparent; else it is black
};

WebpFrame first_webp_frame(std::string_view file);

// The frame's pixels on a canvas that is black, or white if it is transparent.
Picture on_canvas(Picture pixels, const WebpFrame& frame, ImageSize canvas);

}  // namespace llama32med
