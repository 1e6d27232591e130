#include "image/formats/gif.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "image/formats/byte_reader.h"

namespace llama32med {
namespace {

constexpr std::size_t kHeaderSize = 13;

struct GifImage {
  ImageSize screen;  // extended by the image
  std::int64_t left = 0, top = 0;
  ImageSize size;
  bool interlaced = false;
  int transparent = -1;     // index of a color
  std::string_view colors;  // three bytes each
  std::size_t data_at = 0;  // the minimum code size, before the first block of data; 0: no image was found
};

std::size_t color_table_size(std::uint32_t flags) { return (flags & 0x80) != 0 ? std::size_t{6} << (flags & 7) : 0; }

// Behind the blocks that begin at `at`; each begins with its length, the last has length 0.
std::size_t skip_blocks(const ByteReader& in, std::size_t at) {
  while (in.u8(at) != 0) at += 1 + in.u8(at);
  return at + 1;
}

void read_descriptor(std::string_view file, std::size_t at, GifImage& image) {
  const ByteReader in(file, ByteOrder::kLittle);
  image.left = in.u16(at + 1), image.top = in.u16(at + 3);
  image.size = {in.u16(at + 7), in.u16(at + 5)};
  const auto flags = in.u8(at + 9);
  image.interlaced = (flags & 0x40) != 0;
  const auto own_colors = color_table_size(flags);
  if (own_colors > 0) image.colors = file.substr(std::min(at + 10, file.size()), own_colors);
  image.data_at = at + 10 + own_colors;
  image.screen.width = std::max(image.screen.width, image.left + image.size.width);
  image.screen.height = std::max(image.screen.height, image.top + image.size.height);
}

GifImage find_image(std::string_view file) {
  constexpr std::uint32_t kExtension = 0x21, kControl = 0xF9, kImage = 0x2C;
  const ByteReader in(file, ByteOrder::kLittle);
  GifImage image{.screen = {in.u16(8), in.u16(6)}};
  const auto colors = color_table_size(in.u8(10));
  image.colors = file.substr(std::min(kHeaderSize, file.size()), colors);
  for (std::size_t at = kHeaderSize + colors; at < file.size();) {
    if (in.u8(at) == kImage) {
      read_descriptor(file, at, image);
      return image;
    }
    if (in.u8(at) != kExtension) break;
    if (in.u8(at + 1) == kControl && (in.u8(at + 3) & 1) != 0) image.transparent = static_cast<int>(in.u8(at + 6));
    at = skip_blocks(in, at + 2);
  }
  return image;
}

std::string joined_blocks(std::string_view file, std::size_t at) {
  const ByteReader in(file, ByteOrder::kLittle);
  std::string data;
  for (std::size_t length = in.u8(at); length > 0 && at < file.size(); length = in.u8(at)) {
    data += file.substr(at + 1, length);
    at += 1 + length;
  }
  return data;
}

// Variable-length LZW codes, least significant bit first.
class LzwDecoder {
 public:
  LzwDecoder(std::string_view data, int smallest) : data_(data), smallest_(smallest), clear_(1 << smallest) { reset(); }

  // At most `count` bytes; fewer if the data is corrupt or ends early.
  std::vector<std::uint8_t> decode(std::size_t count) {
    std::vector<std::uint8_t> out;
    out.reserve(count + kMostCodes);  // the most that one code stands for
    while (out.size() < count) {
      const int code = next_code();
      if (code < 0 || code == clear_ + 1) break;
      if (code == clear_) {
        reset();
      } else if (!put(code, out)) {
        break;
      }
    }
    out.resize(std::min(out.size(), count));
    return out;
  }

 private:
  static constexpr int kMostCodes = 4096;

  struct Entry {
    int previous;
    std::uint8_t first, last;
    int length;
  };

  void reset() {
    bits_ = smallest_ + 1;
    previous_ = -1;
    entries_.assign(clear_ + 2, {});
    for (int i = 0; i < clear_; ++i) entries_[i] = {-1, static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i), 1};
  }

  int next_code() {
    while (have_ < bits_) {
      if (at_ == data_.size()) return -1;
      pending_ |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(data_[at_++])) << have_;
      have_ += 8;
    }
    const int code = static_cast<int>(pending_ & ((1U << bits_) - 1));
    pending_ >>= bits_;
    have_ -= bits_;
    return code;
  }

  bool put(int code, std::vector<std::uint8_t>& out) {
    const int known = static_cast<int>(entries_.size());
    if (code > known || (code == known && previous_ < 0)) return false;
    if (previous_ >= 0 && known < kMostCodes) {
      const auto& before = entries_[previous_];
      const auto last = code == known ? before.first : entries_[code].first;
      entries_.push_back({previous_, before.first, last, before.length + 1});
      if (known + 1 == 1 << bits_ && bits_ < 12) ++bits_;
    } else if (code == known) {
      return false;
    }
    auto end = out.size() + entries_[code].length;
    out.resize(end);
    for (int at = code; at >= 0; at = entries_[at].previous) out[--end] = entries_[at].last;
    previous_ = code;
    return true;
  }

  std::string_view data_;
  int smallest_, clear_;
  std::size_t at_ = 0;
  std::uint32_t pending_ = 0;
  int have_ = 0, bits_ = 0, previous_ = -1;
  std::vector<Entry> entries_;
};

// Rows in the order of the data: all, or in four passes.
std::vector<std::int64_t> row_order(const GifImage& image) {
  struct Pass {
    std::int64_t first, step;
  };
  static constexpr Pass kPasses[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
  static constexpr Pass kOnePass[] = {{0, 1}};
  std::vector<std::int64_t> rows;
  const auto add = [&](const auto& passes) {
    for (const auto& [first, step] : passes)
      for (std::int64_t row = first; row < image.size.height; row += step) rows.push_back(row);
  };
  if (image.interlaced) {
    add(kPasses);
  } else {
    add(kOnePass);
  }
  return rows;
}

// Indices of colors on the whole screen; empty if the data is corrupt or truncated.
std::vector<std::uint8_t> indices_of(std::string_view file, const GifImage& image) {
  const int smallest = static_cast<int>(ByteReader(file, ByteOrder::kLittle).u8(image.data_at));
  if (smallest < 1 || smallest > 8) return {};
  const auto count = static_cast<std::size_t>(image.size.height * image.size.width);
  const auto data = joined_blocks(file, image.data_at + 1);
  const auto values = LzwDecoder(data, smallest).decode(count);
  if (values.size() < count) return {};
  std::vector<std::uint8_t> screen(image.screen.height * image.screen.width,
                                   static_cast<std::uint8_t>(std::max(image.transparent, 0)));
  auto from = values.begin();
  for (const auto row : row_order(image)) {
    std::copy_n(from, image.size.width, screen.begin() + (image.top + row) * image.screen.width + image.left);
    from += image.size.width;
  }
  return screen;
}

// Three bytes for each of 256 colors; a file without colors is gray, missing colors are black.
std::array<std::uint8_t, 768> palette_of(const GifImage& image) {
  std::array<std::uint8_t, 768> palette{};
  for (std::size_t i = 0; i < palette.size(); ++i) {
    if (image.colors.empty()) palette[i] = static_cast<std::uint8_t>(i / 3);
    if (i < image.colors.size()) palette[i] = static_cast<std::uint8_t>(image.colors[i]);
  }
  return palette;
}

bool is_gray(const std::array<std::uint8_t, 768>& palette) {
  for (std::size_t i = 0; i < palette.size(); i += 3)
    if (palette[i] != palette[i + 1] || palette[i] != palette[i + 2]) return false;
  return true;
}

}  // namespace

ImageSize gif_size(std::string_view file) {
  const auto image = find_image(file);
  return image.data_at > 0 ? image.screen : ImageSize{};
}

Picture read_gif(std::string_view file) {
  const auto image = find_image(file);
  const auto indices = image.data_at > 0 ? indices_of(file, image) : std::vector<std::uint8_t>{};
  if (indices.empty()) return {};
  auto palette = palette_of(image);
  const std::int64_t channels = image.transparent < 0 && is_gray(palette) ? 1 : 3;
  if (image.transparent >= 0) std::fill_n(palette.begin() + image.transparent * 3, 3, std::uint8_t{255});
  Picture picture{image.screen, channels, std::vector<std::uint8_t>(indices.size() * channels)};
  auto out = picture.pixels.begin();
  for (const auto index : indices) out = std::copy_n(palette.begin() + index * 3, channels, out);
  return picture;
}

}  // namespace llama32med
