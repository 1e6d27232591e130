#include "llama32med/core/random.h"

namespace llama32med {

std::uint64_t fnv1a64(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001B3;
  return hash;
}

std::uint64_t splitmix64_at(std::uint64_t key, std::uint64_t index) {
  std::uint64_t z = key + (index + 1) * 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
  const std::uint64_t unfair = -bound % bound;  // 2^64 mod bound; without rejection, low values would be more likely
  std::uint64_t x = next();
  while (x < unfair) x = next();
  return x % bound;
}

}  // namespace llama32med
