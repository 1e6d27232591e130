#include "llama32med/core/byte_size.h"

#include <array>
#include <cstdlib>

#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

struct Unit {
  const char* name;
  double bytes;
};

constexpr double kKi = 1024, kMi = kKi * kKi, kGi = kMi * kKi, kTi = kGi * kKi;
constexpr std::array kUnits = {Unit{"gib", kGi}, Unit{"g", kGi},   Unit{"gb", 1e9},  Unit{"mib", kMi}, Unit{"m", kMi},
                               Unit{"mb", 1e6},  Unit{"tib", kTi}, Unit{"tb", 1e12}, Unit{"kib", kKi}};

}  // namespace

std::int64_t parse_byte_size(const std::string& what, const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const auto name = ascii_lower(trim(end));
  for (const auto& unit : kUnits)
    if (const auto bytes = number * unit.bytes; name == unit.name && bytes >= 1 && bytes < 1e18)
      return static_cast<std::int64_t>(bytes);
  throw usage_error("{} {}: must be a number and a unit, such as 24GiB, 24GB or 800MiB", what, text);
}

}  // namespace llama32med
