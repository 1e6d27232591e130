#include "samples.h"

#include <algorithm>
#include <cmath>

namespace llama32med {
namespace {

// round(a * b / 255) for bytes
std::uint8_t times(int a, int b) {
  const int t = a * b + 128;
  return static_cast<std::uint8_t>((t + (t >> 8)) >> 8);
}

std::uint8_t clipped(int value) { return static_cast<std::uint8_t>(std::clamp(value, 0, 255)); }

// round((value * alpha + 255 * (255 - alpha)) / 255), computed with seven extra bits
std::uint8_t over_white(int value, int alpha) {
  const int sum = (value * alpha + 255 * (255 - alpha) + 128) << 7;
  return static_cast<std::uint8_t>((((sum >> 8) + sum) >> 8) >> 7);
}

template <class From, class To, class Function>
Samples<To> map(const Samples<From>& from, Function function) {
  Samples<To> to{from.size, from.channels, std::vector<To>(from.values.size())};
  for (std::size_t i = 0; i < from.values.size(); i += from.channels)
    for (std::int64_t c = 0; c < from.channels; ++c) to.values[i + c] = function(from.values[i + c], c);
  return to;
}

}  // namespace

IntensityWindow range_of_colors(const Samples<float>& deep) {
  const auto colors = std::min<std::int64_t>(deep.channels, 3);
  float low = std::numeric_limits<float>::max(), high = std::numeric_limits<float>::lowest();
  for (std::size_t i = 0; i < deep.values.size(); i += deep.channels)
    for (std::int64_t c = 0; c < colors; ++c) {
      const float value = deep.values[i + c];
      if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
    }
  return {low, high};
}

Samples<std::uint8_t> scale_to_bytes(const Samples<float>& deep, IntensityWindow window, float full_alpha) {
  const double width = window.high - window.low;
  return map<float, std::uint8_t>(deep, [&](float value, std::int64_t channel) -> std::uint8_t {
    if (std::isnan(value)) return 0;
    const double scaled = channel == 3 ? value / full_alpha * 255.0
                          : width > 0  ? (value - window.low) * 255 / width
                                       : 0.0;
    return static_cast<std::uint8_t>(std::lround(std::clamp(scaled, 0.0, 255.0)));
  });
}

Samples<std::uint8_t> clip_or_shift_to_bytes(const Samples<float>& deep) {
  const float divisor = deep.channels == 1 ? 1 : 256;
  return map<float, std::uint8_t>(deep, [&](float value, std::int64_t) -> std::uint8_t {
    if (std::isnan(value)) return 0;
    return static_cast<std::uint8_t>(std::clamp(value / divisor, 0.0F, 255.0F));
  });
}

Samples<std::uint8_t> key_to_alpha(const Samples<std::uint8_t>& opaque, std::span<const std::uint8_t> key) {
  const auto count = opaque.size.height * opaque.size.width;
  Samples<std::uint8_t> rgba{opaque.size, 4, std::vector<std::uint8_t>(count * 4)};
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint8_t* in = opaque.values.data() + i * opaque.channels;
    std::uint8_t* out = rgba.values.data() + i * 4;
    for (int c = 0; c < 3; ++c) out[c] = in[opaque.channels == 1 ? 0 : c];
    out[3] = std::equal(key.begin(), key.end(), in) ? 0 : 255;
  }
  return rgba;
}

Picture composite_on_white(Samples<std::uint8_t> samples, AlphaKind kind) {
  if (samples.channels != 4) return {samples.size, samples.channels, std::move(samples.values)};
  const auto count = samples.size.height * samples.size.width;
  Picture picture{samples.size, 3, std::vector<std::uint8_t>(count * 3)};
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint8_t* in = samples.values.data() + i * 4;
    std::uint8_t* out = picture.pixels.data() + i * 3;
    for (int c = 0; c < 3; ++c) {
      if (kind == AlphaKind::kStraight) out[c] = over_white(in[c], in[3]);
      if (kind == AlphaKind::kMultiplied) out[c] = clipped(in[c] + 255 - in[3]);
      if (kind == AlphaKind::kIgnored) out[c] = in[c];
    }
  }
  return picture;
}

Picture inverted_cmyk_to_rgb(const Samples<std::uint8_t>& cmyk) {
  const auto count = cmyk.size.height * cmyk.size.width;
  Picture picture{cmyk.size, 3, std::vector<std::uint8_t>(count * 3)};
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint8_t* in = cmyk.values.data() + i * 4;
    for (int c = 0; c < 3; ++c) picture.pixels[i * 3 + c] = clipped(in[3] - times(255 - in[c], in[3]));
  }
  return picture;
}

void ycck_to_inverted_cmyk(Samples<std::uint8_t>& ycck) {
  constexpr int kBits = 16, kRound = 1 << (kBits - 1);  // ITU-R BT.601 in 16-bit fixed point
  for (std::size_t i = 0; i < ycck.values.size(); i += 4) {
    std::uint8_t* sample = ycck.values.data() + i;
    const int y = sample[0], blue = sample[1] - 128, red = sample[2] - 128;
    sample[0] = clipped(255 - y - ((91881 * red + kRound) >> kBits));
    sample[1] = clipped(255 - y - ((-22554 * blue - 46802 * red + kRound) >> kBits));
    sample[2] = clipped(255 - y - ((116130 * blue + kRound) >> kBits));
  }
}

void correct_mixed_inks(std::span<std::uint8_t> rgb) {
  for (auto& value : rgb)
    if (value != 0 && value != 255) --value;
}

Picture turn(Picture picture, int orientation) {
  if (orientation < 2 || orientation > 8) return picture;
  const bool swaps = orientation >= 5;  // 5 transpose, 6 right, 7 transverse, 8 left
  const auto [height, width] = picture.size;
  const ImageSize turned = swaps ? ImageSize{width, height} : picture.size;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  Picture result{turned, picture.channels, std::vector<std::uint8_t>(picture.pixels.size())};
  std::uint8_t* out = result.pixels.data();
  for (std::int64_t y = 0; y < turned.height; ++y)
    for (std::int64_t x = 0; x < turned.width; ++x) {
      std::int64_t row = swaps ? x : y, column = swaps ? y : x;
      if (from_bottom) row = height - 1 - row;
      if (from_right) column = width - 1 - column;
      out = std::copy_n(picture.pixels.data() + (row * width + column) * picture.channels, picture.channels, out);
    }
  return result;
}

}  // namespace llama32med
