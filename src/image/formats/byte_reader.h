// Integers at byte offsets of a file. Beyond its end they are 0: a corrupt header never leads to an out-of-bounds
// access.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace llama32med {

enum class ByteOrder { kBig, kLittle };

class ByteReader {
 public:
  ByteReader(std::string_view bytes, ByteOrder order) : bytes_(bytes), order_(order) {}

  std::uint64_t number(std::size_t offset, int count) const {
    if (offset > bytes_.size() || bytes_.size() - offset < static_cast<std::size_t>(count)) return 0;
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i)
      value = value << 8 | static_cast<unsigned char>(bytes_[offset + (order_ == ByteOrder::kBig ? i : count - 1 - i)]);
    return value;
  }
  std::uint32_t u8(std::size_t offset) const { return static_cast<std::uint32_t>(number(offset, 1)); }
  std::uint32_t u16(std::size_t offset) const { return static_cast<std::uint32_t>(number(offset, 2)); }
  std::uint32_t u24(std::size_t offset) const { return static_cast<std::uint32_t>(number(offset, 3)); }
  std::uint32_t u32(std::size_t offset) const { return static_cast<std::uint32_t>(number(offset, 4)); }

 private:
  std::string_view bytes_;
  ByteOrder order_;
};

inline void append_little_endian(std::string& bytes, std::uint64_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

inline bool has_bytes(std::string_view file, std::size_t offset, std::string_view what) {
  return offset <= file.size() && file.substr(offset, what.size()) == what;
}

}  // namespace llama32med
