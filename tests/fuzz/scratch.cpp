#include "fuzz/scratch.h"

#include <fstream>
#include <stdexcept>

#include "support/temp_folder.h"

namespace llama32med::fuzz {

std::filesystem::path scratch_folder(const std::string& target) {
  static const test::TempFolder root;
  auto folder = root / target;
  std::filesystem::create_directories(folder);
  return folder;
}

std::filesystem::path scratch_file(const std::string& target, const std::string& name, std::string_view bytes) {
  auto file = scratch_folder(target) / name;
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (!out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush())
    throw std::runtime_error(file.string() + ": cannot be written");
  return file;
}

}  // namespace llama32med::fuzz
