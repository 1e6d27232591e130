#include "fuzz/seeds.h"

#include <algorithm>
#include <sstream>

#include "llama32med/core/config_json.h"
#include "llama32med/core/files.h"
#include "support/test_data.h"

namespace llama32med::fuzz {
namespace {

constexpr std::uintmax_t kLargestSeed = 64 << 10;

std::vector<std::filesystem::path> sorted_files(const std::filesystem::path& folder, const std::string& ending) {
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::is_directory(folder)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().string().ends_with(ending)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::string source_text(const std::string& path) { return read_file(test::source_folder() / path); }

Seeds files_in(const std::string& folder, const std::string& ending) {
  Seeds seeds;
  for (const auto& file : sorted_files(test::source_folder() / folder, ending))
    if (std::filesystem::file_size(file) <= kLargestSeed) seeds.push_back(read_file(file));
  return seeds;
}

Seeds first_items(const std::string& file, std::size_t count) {
  auto list = parse_json(source_text(file), file);
  list.erase(list.begin() + static_cast<std::ptrdiff_t>(std::min(count, list.size())), list.end());
  return {json_line(list)};
}

Seeds first_lines(const std::string& file, std::size_t count) {
  std::istringstream lines(source_text(file));
  std::string kept, line;
  for (std::size_t i = 0; i < count && std::getline(lines, line); ++i) kept += line + "\n";
  return {kept};
}

Seeds joined(std::initializer_list<Seeds> lists) {
  Seeds all;
  for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
  return all;
}

Seeds regressions(const std::string& target) { return files_in("tests/fuzz/corpus/" + target, ".input"); }

}  // namespace llama32med::fuzz
