// A set of ASCII characters with constant-time lookup: hundreds of thousands of answers are scanned.
#pragma once
#include <array>
#include <string_view>

namespace llama32med {

class ByteSet {
 public:
  constexpr explicit ByteSet(std::string_view members) {
    for (const char c : members) has_[static_cast<unsigned char>(c)] = true;
  }
  constexpr bool operator()(char c) const { return has_[static_cast<unsigned char>(c)]; }

 private:
  std::array<bool, 256> has_{};
};

}  // namespace llama32med
