#include "llama32med/image/resize.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace llama32med {
namespace {

constexpr int kFractionBits = 22;  // 8 bits of sample and 2 of head room leave 22 of 32
constexpr std::int32_t kHalf = 1 << (kFractionBits - 1);

// What one output sample averages: inputs first .. first + count - 1 under weights[0 .. count).
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
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<std::int64_t>(static_cast<std::int64_t>(centre - support + 0.5), 0);
    const auto end = std::min<std::int64_t>(static_cast<std::int64_t>(centre + support + 0.5), inputs);
    const auto count = end - first;
    double sum = 0;
    for (std::int64_t k = 0; k < count; ++k)
      sum += exact[k] = triangle((static_cast<double>(k + first) - centre + 0.5) * inverse);
    std::int32_t* weights = windows.weights.data() + i * room;
    for (std::int64_t k = 0; k < count; ++k)
      weights[k] = static_cast<std::int32_t>(0.5 + exact[k] / (sum != 0 ? sum : 1.0) * (1 << kFractionBits));
    windows.of[i] = {static_cast<std::int32_t>(first), static_cast<std::int32_t>(count), weights};
    windows.widest = std::max(windows.widest, static_cast<std::int32_t>(count));
  }
  return windows;
}

std::uint8_t rounded(std::int32_t sum) { return static_cast<std::uint8_t>(std::clamp(sum >> kFractionBits, 0, 255)); }

// One row: output sample (i, channel) from input samples of the same row.
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

// sums[i] += row[i] * weight: the inner loop of the second pass; the compiler makes it wide.
void add_row(std::int32_t* __restrict sums, const std::uint8_t* __restrict row, std::int32_t weight,
             std::size_t length) {
  for (std::size_t i = 0; i < length; ++i) sums[i] += row[i] * weight;
}

// Rows after the first pass, the last few of them: the second pass reads each at most `kept` rows behind the newest.
class RowSource {
 public:
  RowSource(const Picture& picture, std::int64_t width, std::int32_t kept)
      : picture_(picture), resizes_(width != picture.size.width), length_(width * picture.channels), kept_(kept) {
    if (!resizes_) return;
    windows_ = make_windows(picture.size.width, width);
    ring_.resize(kept * length_);
  }

  // Rows are asked for in growing order, none more than `kept` behind the greatest so far.
  const std::uint8_t* row(std::int64_t y) {
    if (!resizes_) return picture_.pixels.data() + y * length_;
    for (; done_ <= y; ++done_) {
      const auto* in = picture_.pixels.data() + done_ * picture_.size.width * picture_.channels;
      auto* out = ring_.data() + (done_ % kept_) * length_;
      picture_.channels == 3 ? resize_row<3>(in, out, windows_) : resize_row<1>(in, out, windows_);
    }
    return ring_.data() + (y % kept_) * length_;
  }

 private:
  const Picture& picture_;
  bool resizes_;
  std::int64_t length_, kept_, done_ = 0;
  Windows windows_;
  std::vector<std::uint8_t> ring_;
};

void check(const Picture& picture, ImageSize size) {
  const auto fits = [](std::int64_t side) { return side >= 1 && side <= (1 << 24); };
  if (!fits(picture.size.height) || !fits(picture.size.width) || !fits(size.height) || !fits(size.width))
    throw std::invalid_argument(
        fmt::format("cannot resize {}x{} to {}x{}", picture.size.height, picture.size.width, size.height, size.width));
  if ((picture.channels != 1 && picture.channels != 3) ||
      std::int64_t(picture.pixels.size()) != picture.size.height * picture.size.width * picture.channels)
    throw std::invalid_argument("a picture's samples do not match its size");
}

}  // namespace

Picture resize_bilinear(const Picture& picture, ImageSize size) {
  check(picture, size);
  if (size == picture.size) return picture;
  Picture result{size, picture.channels, std::vector<std::uint8_t>(size.height * size.width * picture.channels)};
  const auto length = static_cast<std::size_t>(size.width * picture.channels);
  std::uint8_t* out = result.pixels.data();
  if (size.height == picture.size.height) {
    RowSource rows(picture, size.width, 1);
    for (std::int64_t y = 0; y < size.height; ++y, out += length) std::memcpy(out, rows.row(y), length);
    return result;
  }
  const Windows windows = make_windows(picture.size.height, size.height);
  RowSource rows(picture, size.width, windows.widest);
  std::vector<std::int32_t> sums(length);
  for (const Window& window : windows.of) {
    std::fill(sums.begin(), sums.end(), kHalf);
    for (std::int32_t k = 0; k < window.count; ++k)
      add_row(sums.data(), rows.row(window.first + k), window.weights[k], length);
    for (std::size_t i = 0; i < length; ++i) *out++ = rounded(sums[i]);
  }
  return result;
}

}  // namespace llama32med
