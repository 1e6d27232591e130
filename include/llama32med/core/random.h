// Random numbers that are the same on every machine, compiler and standard library.
//
// splitmix64 (Steele, Lea, Flood 2014): output i of a stream is a pure function of (key, i), so that a tensor, a
// shuffle or a sample can be reproduced from its name alone. Keys are fnv1a64 hashes of text.
#pragma once
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace llama32med {

std::uint64_t fnv1a64(std::string_view text);

// Output number `index` (from 0) of the stream `key`.
std::uint64_t splitmix64_at(std::uint64_t key, std::uint64_t index);

class RandomStream {
 public:
  explicit RandomStream(std::uint64_t key, std::uint64_t position = 0) : key_(key), position_(position) {}

  std::uint64_t next() { return splitmix64_at(key_, position_++); }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }  // [0, 1)
  std::uint64_t below(std::uint64_t bound);                                   // 0 .. bound-1, unbiased; bound > 0

  template <class T>
  void shuffle(std::vector<T>& items) {  // Fisher-Yates, from the end
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

  std::uint64_t position() const { return position_; }  // together with the key, the complete state

 private:
  std::uint64_t key_, position_;
};

}  // namespace llama32med
