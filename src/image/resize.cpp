#include "llama32med/image/resize.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace llama32med {
namespace {

constexpr int kFractionBits = 22;  // 32 bits minus 8 for the sample and 2 of headroom
constexpr std::int32_t kHalf = 1 << (kFractionBits - 1);

// The inputs of one output sample: first .. first + count - 1 with weights[0 .. count).
struct Window {
  std::int32_t first, count;
  const std::int32_t* weights;
};

struct Windows {
  std::vector<Window> of;  // one per output sample
  std::vector<std::int32_t> weights;
  std::int32_t widest = 0;
};

double triangle(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

Windows make_windows(std::int64_t inputs, std::int64_t outputs) {
  const double scale = static_cast<double>(inputs) / static_cast<double>(outputs);
  const double support = std::max(scale, 1.0), inverse = 1.0 / support;
  const auto room = static_cast<std::int64_t>(std::ceil(support)) * 2 + 1;
  Windows windows;
  windows.of.resize(outputs);
  windows.weights.resize(outputs * room);
  std::vector<double> exact(room);
  for (std::int64_t i = 0; i < outputs; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<std::int64_t>(static_cast<std::int64_t>(center - support + 0.5), 0);
    const auto end = std::min<std::int64_t>(static_cast<std::int64_t>(center + support + 0.5), inputs);
    const auto count = end - first;
    double sum = 0;
    for (std::int64_t k = 0; k < count; ++k)
      sum += exact[k] = triangle((static_cast<double>(k + first) - center + 0.5) * inverse);
    std::int32_t* weights = windows.weights.data() + i * room;
    for (std::int64_t k = 0; k < count; ++k)
      weights[k] = static_cast<std::int32_t>(0.5 + exact[k] / (sum != 0 ? sum : 1.0) * (1 << kFractionBits));
    windows.of[i] = {static_cast<std::int32_t>(first), static_cast<std::int32_t>(count), weights};
    windows.widest = std::max(windows.widest, static_cast<std::int32_t>(count));
  }
  return windows;
}

std::uint8_t rounded(std::int32_t sum) { return static_cast<std::uint8_t>(std::clamp(sum >> kFractionBits, 0, 255)); }

// Resizes one row: output sample (i, channel) from input samples of the same row.
template <int kChannels>
void resize_row(const std::uint8_t* in, std::uint8_t* out, const Windows& windows) {
  for (const Window& window : windows.of) {
    std::int32_t sum[kChannels];
    std::fill_n(sum, kChannels, kHalf);
    const std::uint8_t* sample = in + window.first * kChannels;
    for (std::int32_t k = 0; k < window.count; ++k, sample += kChannels)
      for (int c = 0; c < kChannels; ++c) sum[c] += sample[c] * window.weights[k];
    for (int c = 0; c < kChannels; ++c) *out++ = rounded(sum[c]);
  }
}

void resize_row(const std::uint8_t* in, std::uint8_t* out, const Windows& windows, std::int64_t channels) {
  channels == 3 ? resize_row<3>(in, out, windows) : resize_row<1>(in, out, windows);
}

// out[i] = weighted average over k of rows[k][i], in blocks whose sums stay in registers.
#if defined(__x86_64__) && defined(__gnu_linux__)
[[gnu::target_clones("avx2", "default")]]
#endif
void average_rows(const Window& window, const std::uint8_t* const* rows, std::size_t length, std::uint8_t* out) {
  constexpr std::size_t kBlock = 32;
  std::size_t begin = 0;
  for (; begin + kBlock <= length; begin += kBlock) {
    std::int32_t sums[kBlock];
    for (std::int32_t& sum : sums) sum = kHalf;
    for (std::int32_t k = 0; k < window.count; ++k)
      for (std::size_t i = 0; i < kBlock; ++i) sums[i] += rows[k][begin + i] * window.weights[k];
    for (std::size_t i = 0; i < kBlock; ++i) out[begin + i] = rounded(sums[i]);
  }
  for (; begin < length; ++begin) {
    std::int32_t sum = kHalf;
    for (std::int32_t k = 0; k < window.count; ++k) sum += rows[k][begin] * window.weights[k];
    out[begin] = rounded(sum);
  }
}

// Pointers to the rows of an image.
template <class Bytes>
auto row(Bytes& picture, std::int64_t y) {
  return picture.pixels.data() + y * picture.size.width * picture.channels;
}

Picture empty_picture(ImageSize size, std::int64_t channels) {
  return {size, channels, std::vector<std::uint8_t>(size.height * size.width * channels)};
}

Picture resize_width(const Picture& picture, std::int64_t width) {
  if (width == picture.size.width) return picture;
  Picture result = empty_picture({picture.size.height, width}, picture.channels);
  const Windows windows = make_windows(picture.size.width, width);
  for (std::int64_t y = 0; y < picture.size.height; ++y)
    resize_row(row(picture, y), row(result, y), windows, picture.channels);
  return result;
}

Picture resize_height_then_width(const Picture& picture, ImageSize size) {
  Picture result = empty_picture(size, picture.channels);
  const Windows high = make_windows(picture.size.height, size.height);
  const Windows wide = make_windows(picture.size.width, size.width);
  std::vector<std::uint8_t> between(picture.size.width * picture.channels);
  std::vector<const std::uint8_t*> rows(high.widest);
  for (std::int64_t y = 0; y < size.height; ++y) {
    const Window& window = high.of[y];
    for (std::int32_t k = 0; k < window.count; ++k) rows[k] = row(picture, window.first + k);
    average_rows(window, rows.data(), between.size(), between.data());
    resize_row(between.data(), row(result, y), wide, picture.channels);
  }
  return result;
}

// A ring buffer holds the rows that the second pass still needs: no intermediate image is made.
Picture resize_width_then_height(const Picture& picture, ImageSize size) {
  Picture result = empty_picture(size, picture.channels);
  const Windows high = make_windows(picture.size.height, size.height);
  const Windows wide = make_windows(picture.size.width, size.width);
  const bool keeps_width = size.width == picture.size.width;
  const auto length = static_cast<std::size_t>(size.width * picture.channels);
  std::vector<std::uint8_t> ring(keeps_width ? 0 : high.widest * length);
  std::vector<const std::uint8_t*> rows(high.widest);
  std::int64_t done = 0;  // rows that the first pass has finished
  for (std::int64_t y = 0; y < size.height; ++y) {
    const Window& window = high.of[y];
    for (; !keeps_width && done < window.first + window.count; ++done)
      resize_row(row(picture, done), ring.data() + done % high.widest * length, wide, picture.channels);
    for (std::int32_t k = 0; k < window.count; ++k)
      rows[k] = keeps_width ? row(picture, window.first + k) : ring.data() + (window.first + k) % high.widest * length;
    average_rows(window, rows.data(), length, row(result, y));
  }
  return result;
}

// Pillow 13 resizes the height first if that removes more than twice as many rows as columns.
bool height_comes_first(ImageSize from, ImageSize to) {
  return to.height < from.height && to.width != from.width && from.height - to.height > 2 * (from.width - to.width);
}

void check(const Picture& picture, ImageSize size) {
  const auto fits = [](std::int64_t side) { return side >= 1 && side <= (1 << 24); };
  if (!fits(picture.size.height) || !fits(picture.size.width) || !fits(size.height) || !fits(size.width))
    throw std::invalid_argument(
        fmt::format("cannot resize {}x{} to {}x{}", picture.size.height, picture.size.width, size.height, size.width));
  if ((picture.channels != 1 && picture.channels != 3) ||
      std::int64_t(picture.pixels.size()) != picture.size.height * picture.size.width * picture.channels)
    throw std::invalid_argument("the samples of an image do not match its size");
}

}  // namespace

Picture resize_bilinear(const Picture& picture, ImageSize size) {
  check(picture, size);
  if (size.height == picture.size.height) return resize_width(picture, size.width);
  return height_comes_first(picture.size, size) ? resize_height_then_width(picture, size)
                                                : resize_width_then_height(picture, size);
}

}  // namespace llama32med
