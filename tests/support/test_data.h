// Where tests find their data: in the repository, or in the complete datasets if available.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace llama32med::test {

// The folder of the sources, or of an unpacked test bundle (scripts/gpu_check.sh).
inline std::filesystem::path source_folder() {
  const char* moved = std::getenv("LLAMA32MED_SOURCE_DIR");
  return moved && *moved ? moved : LLAMA32MED_SOURCE_DIR;
}
inline std::filesystem::path golden(const std::string& name) { return source_folder() / "tests/golden" / name; }
inline std::filesystem::path shipped_data(const std::string& name) { return source_folder() / "tests/datasets" / name; }

// A file or folder in the complete datasets: $LLAMA32MED_DATA, else ../shared/data next to the sources. If there are
// none: nullopt, and the test calls GTEST_SKIP() << kNoFullData.
inline std::optional<std::filesystem::path> full_data(const std::string& name) {
  const char* variable = std::getenv("LLAMA32MED_DATA");
  const std::filesystem::path root = variable && *variable ? variable : source_folder() / "../shared/data";
  const auto path = root / name;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path;
}
inline constexpr const char* kNoFullData = "the complete data is not here (set LLAMA32MED_DATA)";

}  // namespace llama32med::test
