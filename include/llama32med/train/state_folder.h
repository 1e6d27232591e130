// Saved states of a run, `step-000120` each in a folder of its own. A state appears whole or not at all: it is written
// under another name, flushed and renamed; older ones go only when it stands. A write that fails leaves the last good
// one.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

namespace llama32med {

class StateFolder {
 public:
  StateFolder(std::filesystem::path folder, std::int64_t keep_last);

  std::optional<std::filesystem::path> latest() const;
  // `write` fills the folder it is given. Throws what it throws.
  void save(std::int64_t step, const std::function<void(const std::filesystem::path&)>& write) const;
  void clear() const;

 private:
  std::filesystem::path folder_;
  std::int64_t keep_last_;
};

}  // namespace llama32med
