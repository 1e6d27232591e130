// Where tests find their data: what ships in the repository, and the complete sets where they are at hand.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace llama32med::test {

// Of this build, or where a bundle of tests was unpacked (scripts/gpu_check.sh).
inline std::filesystem::path source_folder() {
  const char* moved = std::getenv("LLAMA32MED_SOURCE_DIR");
  return moved && *moved ? moved : LLAMA32MED_SOURCE_DIR;
}
inline std::filesystem::path golden(const std::string& name) { return source_folder() / "tests/golden" / name; }
inline std::filesystem::path shipped_data(const std::string& name) { return source_folder() / "tests/datasets" / name; }

// A file or folder of the complete datasets: $LLAMA32MED_DATA, else ../shared/data beside the sources. Absent: nullopt,
// and the test says GTEST_SKIP() << kNoFullData.
inline std::optional<std::filesystem::path> full_data(const std::string& name) {
  const char* variable = std::getenv("LLAMA32MED_DATA");
  const std::filesystem::path root = variable && *variable ? variable : source_folder() / "../shared/data";
  const auto path = root / name;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path;
}
inline constexpr const char* kNoFullData = "the complete data is not here (set LLAMA32MED_DATA)";

}  // namespace llama32med::test
