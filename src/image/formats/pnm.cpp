#include "image/formats/pnm.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

#include "image/formats/byte_reader.h"

namespace llama32med {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";

bool is_blank(char c) { return kBlanks.find(c) != kBlanks.npos; }

// White space separates numbers; a # begins a comment that ends with the line.
class Scanner {
 public:
  Scanner(std::string_view file, std::size_t at) : file_(file), at_(at) {}

  std::optional<std::int64_t> number() {
    skip_blanks();
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(file_.data() + at_, file_.data() + file_.size(), value);
    if (problem != std::errc() || value < 0) return std::nullopt;
    at_ = static_cast<std::size_t>(end - file_.data());
    return value;
  }

  std::optional<std::int64_t> digit() {  // bits of a plain bitmap need no white space between them
    skip_blanks();
    if (at_ == file_.size() || (file_[at_] != '0' && file_[at_] != '1')) return std::nullopt;
    return file_[at_++] - '0';
  }

  std::string_view rest_after_blank() const { return file_.substr(std::min(at_ + 1, file_.size())); }

 private:
  void skip_blanks() {
    while (at_ < file_.size() && (is_blank(file_[at_]) || file_[at_] == '#'))
      at_ = file_[at_] == '#' ? std::min(file_.find('\n', at_), file_.size()) : at_ + 1;
  }

  std::string_view file_;
  std::size_t at_;
};

struct Header {
  char kind = '1';
  ImageSize size;
  std::int64_t full = 1;
  Scanner body;

  bool is_bitmap() const { return kind == '1' || kind == '4'; }
  bool is_plain() const { return kind <= '3'; }
  int sample_bytes() const { return full > 255 ? 2 : 1; }
  std::int64_t channels() const { return kind == '3' || kind == '6' ? 3 : 1; }
  std::size_t count() const { return static_cast<std::size_t>(size.height * size.width * channels()); }
};

std::optional<Header> header_of(std::string_view file) {
  constexpr std::int64_t kLargest = 65535;
  Header header{.kind = file[1], .body = Scanner(file, 2)};
  const auto width = header.body.number(), height = header.body.number();
  const auto full = header.is_bitmap() ? 1 : header.body.number();
  if (!width || !height || !full || *full < 1 || *full > kLargest) return std::nullopt;
  header.size = {*height, *width};
  header.full = *full;
  return header;
}

using Values = std::vector<std::uint16_t>;

std::uint16_t at_most(std::int64_t value, std::int64_t full) {
  return static_cast<std::uint16_t>(std::min(value, full));
}

Values plain_values(Header& header) {
  Values values;
  values.reserve(header.count());
  while (values.size() < header.count()) {
    const auto value = header.is_bitmap() ? header.body.digit() : header.body.number();
    if (!value) return {};
    values.push_back(at_most(*value, header.full));
  }
  return values;
}

Values raw_values(const Header& header) {
  const ByteReader in(header.body.rest_after_blank(), ByteOrder::kBig);
  const int size = header.sample_bytes();
  Values values(header.count());
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = at_most(static_cast<std::int64_t>(in.number(i * size, size)), header.full);
  return values;
}

Values packed_bits(const Header& header) {
  const ByteReader in(header.body.rest_after_blank(), ByteOrder::kBig);
  const auto width = static_cast<std::size_t>(header.size.width), row = (width + 7) / 8;
  Values values(header.count());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto x = i % width;
    values[i] = static_cast<std::uint16_t>(in.u8(i / width * row + x / 8) >> (7 - x % 8) & 1);
  }
  return values;
}

// The least that the samples take in the file: the plain forms have at least a byte per sample.
std::size_t bytes_of(const Header& header) {
  const auto width = static_cast<std::size_t>(header.size.width), height = static_cast<std::size_t>(header.size.height);
  if (header.is_plain()) return header.count();
  return header.is_bitmap() ? (width + 7) / 8 * height : header.count() * header.sample_bytes();
}

}  // namespace

bool is_pnm(std::string_view file) {
  return file.size() > 2 && file[0] == 'P' && file[1] >= '1' && file[1] <= '6' && (is_blank(file[2]) || file[2] == '#');
}

void read_pnm_header(std::string_view file, ImageHeader& header) {
  const auto found = header_of(file);
  if (!found) return;
  header.size = found->size;
  header.pixel_bytes = found->channels() * found->sample_bytes();
}

PnmImage read_pnm(std::string_view file) {
  auto header = header_of(file);
  if (!header || header->body.rest_after_blank().size() < bytes_of(*header)) return {};
  auto values = header->is_plain()    ? plain_values(*header)
                : header->is_bitmap() ? packed_bits(*header)
                                      : raw_values(*header);
  if (header->is_bitmap())
    for (auto& value : values) value = static_cast<std::uint16_t>(1 - value);
  return {{header->size, header->channels(), std::move(values)}, static_cast<int>(header->full)};
}

Picture pnm_to_bytes(const PnmImage& image) {
  const auto& [size, channels, values] = image.samples;
  const double largest = image.full > 255 && channels == 1 ? 65535 : 255;
  std::vector<std::uint8_t> byte_of(image.full + 1);
  for (int value = 0; value <= image.full; ++value)
    byte_of[value] =
        static_cast<std::uint8_t>(std::min(std::nearbyint(static_cast<double>(value) / image.full * largest), 255.0));
  Picture picture{size, channels, std::vector<std::uint8_t>(values.size())};
  std::ranges::transform(values, picture.pixels.begin(), [&](std::uint16_t value) { return byte_of[value]; });
  return picture;
}

}  // namespace llama32med
