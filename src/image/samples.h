// From the samples of a file to an 8-bit Picture: depth, transparency, CMYK, turning. Pure functions on plain numbers.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "llama32med/image/picture.h"

namespace llama32med {

struct IntensityWindow {
  double low = 0, high = 0;  // low and below become 0, high and above 255
};

// Samples of `channels` (1, 3 or 4; the fourth is alpha) side by side, in RGB order.
template <class Sample>
struct Samples {
  ImageSize size;
  std::int64_t channels = 0;
  std::vector<Sample> values;
};

// round((v - low) / (high - low) * 255), clipped; no window: low and high are the smallest and largest color sample.
// Alpha is scaled from 0..full_alpha. Samples that are not numbers become 0; a picture of one value becomes black.
Samples<std::uint8_t> scale_to_bytes(const Samples<float>& deep, std::optional<IntensityWindow> window,
                                     float full_alpha);

// What PIL makes of deep samples: gray is clipped to 0..255, of 16-bit color and alpha the high byte is taken.
Samples<std::uint8_t> clip_or_shift_to_bytes(const Samples<float>& deep);

// Where a color without an alpha channel is meant to be transparent (PNG's tRNS for gray and RGB): adds alpha 0 or
// 255.
Samples<std::uint8_t> key_to_alpha(const Samples<std::uint8_t>& opaque, std::span<const std::uint8_t> key);

// What a fourth channel means: transparency; transparency that the colors are already multiplied with; nothing.
enum class AlphaKind { kStraight, kMultiplied, kIgnored };

// Colors over white, rounded as PIL's alpha_composite. Three channels or one: the samples themselves.
Picture composite_on_white(Samples<std::uint8_t> samples, AlphaKind kind);

// Inks of an Adobe JPEG, stored inverted (255 = no ink), to RGB: round(ink * black / 255), PIL's CMYK to RGB.
Picture inverted_cmyk_to_rgb(const Samples<std::uint8_t>& cmyk);
// The same for YCCK (Adobe transform 2): the first three are YCbCr of the inks, converted as libjpeg does.
void ycck_to_inverted_cmyk(Samples<std::uint8_t>& ycck);

// What OpenCV mixes from four inks, black - ((255 - ink) * black >> 8), is 0 to 2 above PIL's: within 1 afterwards, and
// white stays white.
void correct_mixed_inks(Samples<std::uint8_t>& rgb);

// EXIF orientation 1 .. 8: the picture as it is meant to be seen. Other values: unchanged.
Picture turn(Picture picture, int orientation);

}  // namespace llama32med
