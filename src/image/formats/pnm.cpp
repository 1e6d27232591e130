#include "image/formats/pnm.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

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

std::vector<float> plain_values(Header& header) {
  std::vector<float> values;
  while (values.size() < header.count()) {
    const auto value = header.is_bitmap() ? header.body.digit() : header.body.number();
    if (!value) return {};
    values.push_back(static_cast<float>(std::min(*value, header.full)));
  }
  return values;
}

std::vector<float> raw_values(const Header& header) {
  const auto bytes = header.body.rest_after_blank();
  const std::size_t size = header.full > 255 ? 2 : 1;
  if (bytes.size() < header.count() * size) return {};
  std::vector<float> values(header.count());
  for (std::size_t i = 0; i < values.size(); ++i) {
    int value = static_cast<std::uint8_t>(bytes[i * size]);
    if (size == 2) value = value << 8 | static_cast<std::uint8_t>(bytes[i * 2 + 1]);
    values[i] = static_cast<float>(std::min<std::int64_t>(value, header.full));
  }
  return values;
}

std::vector<float> packed_bits(const Header& header) {
  const auto bytes = header.body.rest_after_blank();
  const auto width = static_cast<std::size_t>(header.size.width), row = (width + 7) / 8;
  if (bytes.size() < row * static_cast<std::size_t>(header.size.height)) return {};
  std::vector<float> values(header.count());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto x = i % width;
    values[i] = static_cast<float>(static_cast<std::uint8_t>(bytes[i / width * row + x / 8]) >> (7 - x % 8) & 1);
  }
  return values;
}

}  // namespace

bool is_pnm(std::string_view file) {
  return file.size() > 2 && file[0] == 'P' && file[1] >= '1' && file[1] <= '6' && (is_blank(file[2]) || file[2] == '#');
}

ImageSize pnm_size(std::string_view file) {
  const auto header = header_of(file);
  return header ? header->size : ImageSize{};
}

PnmImage read_pnm(std::string_view file) {
  auto header = header_of(file);
  if (!header) return {};
  auto values = header->is_plain()    ? plain_values(*header)
                : header->is_bitmap() ? packed_bits(*header)
                                      : raw_values(*header);
  if (header->is_bitmap())
    for (auto& value : values) value = 1 - value;
  return {{header->size, header->channels(), std::move(values)}, static_cast<float>(header->full)};
}

Samples<std::uint8_t> pnm_to_bytes(const PnmImage& image) {
  const auto& [size, channels, values] = image.samples;
  const double largest = image.full > 255 && channels == 1 ? 65535 : 255;
  Samples<std::uint8_t> bytes{size, channels, std::vector<std::uint8_t>(values.size())};
  for (std::size_t i = 0; i < values.size(); ++i)
    bytes.values[i] = static_cast<std::uint8_t>(
        std::min(std::nearbyint(static_cast<double>(values[i]) / image.full * largest), 255.0));
  return bytes;
}

}  // namespace llama32med
