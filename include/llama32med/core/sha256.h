// SHA-256 (FIPS 180-4), to identify data and files; not for secrets.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace llama32med {

class Sha256 {
 public:
  Sha256();
  void add(std::string_view bytes);
  std::string hex();  // finishes the hash: 64 lower-case hexadecimal digits

 private:
  void block(const unsigned char* bytes);

  std::array<std::uint32_t, 8> state_;
  std::array<unsigned char, 64> rest_{};
  std::uint64_t size_ = 0;  // bytes added so far
};

std::string sha256(std::string_view bytes);
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace llama32med
