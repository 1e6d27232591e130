#include "llama32med/image/picture.h"

namespace llama32med {

Picture to_rgb(Picture picture) {
  if (picture.channels == 3) return picture;
  Picture rgb{picture.size, 3, std::vector<std::uint8_t>(picture.pixels.size() * 3)};
  std::uint8_t* out = rgb.pixels.data();
  for (const std::uint8_t gray : picture.pixels) {
    out[0] = out[1] = out[2] = gray;
    out += 3;
  }
  return rgb;
}

}  // namespace llama32med
