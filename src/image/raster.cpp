#include "image/raster.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace llama32med {
namespace {

template <class Sample>
const Sample* stored_row(const Raster& raster, std::int64_t y) {
  return reinterpret_cast<const Sample*>(raster.data + static_cast<std::size_t>(y) * raster.row_bytes);
}

// out = R, G, B of in = B, G, R
#if defined(__x86_64__) && defined(__gnu_linux__)
[[gnu::target_clones("avx2", "default")]]
#endif
void swap_colors(const std::uint8_t* __restrict in, std::int64_t pixels, std::uint8_t* __restrict out) {
  for (std::int64_t i = 0; i < pixels; ++i)
    out[3 * i] = in[3 * i + 2], out[3 * i + 1] = in[3 * i + 1], out[3 * i + 2] = in[3 * i];
}

template <class From, class To>
void copy_samples(const Raster& raster, std::int64_t y, To* out) {
  const auto* in = stored_row<From>(raster, y);
  const auto width = raster.size.width, channels = raster.channels;
  const auto cast = [](From value) { return static_cast<To>(value); };
  if (channels < 3 || raster.order == ChannelOrder::kRgb) {
    std::transform(in, in + width * channels, out, cast);
    return;
  }
  for (std::int64_t x = 0; x < width; ++x, in += channels, out += channels) {
    out[0] = cast(in[2]), out[1] = cast(in[1]), out[2] = cast(in[0]);
    for (std::int64_t c = 3; c < channels; ++c) out[c] = cast(in[c]);
  }
}

constexpr std::array kFloatCopies = {copy_samples<std::uint8_t, float>,  copy_samples<std::int8_t, float>,
                                     copy_samples<std::uint16_t, float>, copy_samples<std::int16_t, float>,
                                     copy_samples<std::int32_t, float>,  copy_samples<float, float>,
                                     copy_samples<double, float>};

template <class Sample>
Samples<Sample> empty_row(const Raster& raster) {
  return {{1, raster.size.width}, raster.channels, std::vector<Sample>(raster.size.width * raster.channels)};
}

// Most medical images are gray but stored as color: one channel then replaces three, at a third of the work.
bool is_gray(const Raster& raster) {
  if (raster.type != SampleType::kU8 || raster.channels != 3) return false;
  const auto length = static_cast<std::size_t>(raster.size.width) * 3;
  std::vector<std::uint8_t> within(length);  // 255 if the next byte belongs to the same pixel
  for (std::size_t i = 0; i < length; ++i) within[i] = i % 3 == 2 ? 0 : 255;
  for (std::int64_t y = 0; y < raster.size.height; ++y) {
    const auto* row = stored_row<std::uint8_t>(raster, y);
    std::uint8_t difference = 0;
    for (std::size_t i = 0; i + 1 < length; ++i) difference |= (row[i] ^ row[i + 1]) & within[i];
    if (difference != 0) return false;
  }
  return true;
}

Picture first_channel(const Raster& raster) {
  return by_rows(raster.size, [&](std::int64_t y) {
    const auto* row = stored_row<std::uint8_t>(raster, y);
    Picture gray{{1, raster.size.width}, 1, std::vector<std::uint8_t>(raster.size.width)};
    for (std::int64_t x = 0; x < raster.size.width; ++x) gray.pixels[x] = row[3 * x];
    return gray;
  });
}

// ---- deep samples -------------------------------------------------------------------------------------------------

Samples<float> deep_row(const Raster& raster, const Rendering& rendering, std::int64_t y) {
  auto row = row_of_floats(raster, y);
  if (rendering.inverted)
    for (auto& value : row.values) value = -value;
  return row;
}

IntensityWindow window_of(const Raster& raster, const Rendering& rendering) {
  if (rendering.window && rendering.inverted) return {-rendering.window->high, -rendering.window->low};
  if (rendering.window) return *rendering.window;
  IntensityWindow range = kNoRange;
  for (std::int64_t y = 0; y < raster.size.height; ++y) {
    const auto of_row = range_of_colors(deep_row(raster, rendering, y));
    range = {std::min(range.low, of_row.low), std::max(range.high, of_row.high)};
  }
  return range;
}

// Row y to 8 bits.
std::function<Samples<std::uint8_t>(std::int64_t)> byte_rows(const Raster& raster, const Rendering& rendering) {
  if (raster.type == SampleType::kU8) return [&](std::int64_t y) { return row_of_bytes(raster, y); };
  if (rendering.compatibility == ImageCompatibility::kReference)
    return [&](std::int64_t y) { return clip_or_shift_to_bytes(deep_row(raster, rendering, y)); };
  const float full_alpha = raster.type == SampleType::kU16 && !rendering.inverted ? 65535 : 1;
  return [&, full_alpha, window = window_of(raster, rendering)](std::int64_t y) {
    return scale_to_bytes(deep_row(raster, rendering, y), window, full_alpha);
  };
}

}  // namespace

Samples<std::uint8_t> row_of_bytes(const Raster& raster, std::int64_t y) {
  assert(raster.type == SampleType::kU8);
  auto row = empty_row<std::uint8_t>(raster);
  if (raster.channels == 3 && raster.order == ChannelOrder::kBgr)
    swap_colors(stored_row<std::uint8_t>(raster, y), raster.size.width, row.values.data());
  else
    copy_samples<std::uint8_t>(raster, y, row.values.data());
  return row;
}

Samples<float> row_of_floats(const Raster& raster, std::int64_t y) {
  auto row = empty_row<float>(raster);
  kFloatCopies[static_cast<std::size_t>(raster.type)](raster, y, row.values.data());
  return row;
}

Picture by_rows(ImageSize size, const std::function<Picture(std::int64_t y)>& convert) {
  Picture picture{size, 0, {}};
  for (std::int64_t y = 0; y < size.height; ++y) {
    const auto row = convert(y);
    if (y == 0) {
      picture.channels = row.channels;
      picture.pixels.reserve(size.height * size.width * row.channels);
    }
    picture.pixels.insert(picture.pixels.end(), row.pixels.begin(), row.pixels.end());
  }
  return picture;
}

Picture render(const Raster& raster, const Rendering& rendering) {
  if (is_gray(raster)) return first_channel(raster);
  const auto bytes_of = byte_rows(raster, rendering);
  const bool has_key = static_cast<std::int64_t>(rendering.key.size()) == raster.channels;
  return by_rows(raster.size, [&](std::int64_t y) {
    auto row = bytes_of(y);
    if (has_key) row = key_to_alpha(row, rendering.key);
    return composite_on_white(std::move(row), rendering.alpha);
  });
}

}  // namespace llama32med
