// From the samples of a file to an 8-bit Picture: depth, transparency, CMYK, rotation. Pure functions.
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "llama32med/image/picture.h"

namespace llama32med {

struct IntensityWindow {
  double low = 0, high = 0;  // low and below become 0, high and above 255
};

// Interleaved samples of `channels` channels (1, 3 or 4; the fourth is alpha), in RGB order.
template <class Sample>
struct Samples {
  ImageSize size;
  std::int64_t channels = 0;
  std::vector<Sample> values;
};

// The smallest and the largest finite color sample; kNoRange if there is none. Alpha does not count.
inline constexpr IntensityWindow kNoRange{std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()};
IntensityWindow range_of_colors(const Samples<float>& deep);

// round((v - low) / (high - low) * 255), clipped. Alpha is scaled from 0..full_alpha. NaN samples become 0; an image of
// a single value becomes black.
Samples<std::uint8_t> scale_to_bytes(const Samples<float>& deep, IntensityWindow window, float full_alpha);

// Converts deep samples as PIL does: gray is clipped to 0..255, 16-bit color and alpha keep their high byte.
Samples<std::uint8_t> clip_or_shift_to_bytes(const Samples<float>& deep);

// Adds an alpha channel of 0 or 255 for a color key (PNG's tRNS for gray and RGB).
Samples<std::uint8_t> key_to_alpha(const Samples<std::uint8_t>& opaque, std::span<const std::uint8_t> key);

// Meaning of a fourth channel: straight alpha, premultiplied alpha, or nothing.
enum class AlphaKind { kStraight, kMultiplied, kIgnored };

// Blends colors with white, rounded like PIL's alpha_composite. One or three channels are returned unchanged.
Picture composite_on_white(Samples<std::uint8_t> samples, AlphaKind kind);

// CMYK of an Adobe JPEG, stored inverted (255 = no ink), to RGB as PIL does: round(ink * black / 255).
Picture inverted_cmyk_to_rgb(const Samples<std::uint8_t>& cmyk);
// The same for YCCK (Adobe transform 2): the first three channels are YCbCr of the inks, converted as libjpeg does.
void ycck_to_inverted_cmyk(Samples<std::uint8_t>& ycck);

// Corrects OpenCV's CMYK to RGB, black - ((255 - ink) * black >> 8), which is 0 to 2 above PIL's: the result is within
// 1 of PIL's, and white stays white.
void correct_mixed_inks(std::span<std::uint8_t> rgb);

// Applies the EXIF orientation 1 .. 8. Other values leave the image unchanged.
Picture turn(Picture picture, int orientation);

}  // namespace llama32med
