// Saved states of a run, each in its own folder such as `step-000120`. A state appears atomically: it is written under
// another name, flushed and renamed; older states are removed only after that. A failed write leaves the last good
// state.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

namespace llama32med {

class StateFolder {
 public:
  StateFolder(std::filesystem::path folder, std::int64_t keep_last);

  std::optional<std::filesystem::path> latest() const;
  std::vector<std::filesystem::path> newest_first() const;
  // Removes what a killed program left, and gives a state that it was replacing its name again. Only for the process
  // that holds the lock of the run.
  void tidy() const;
  // `write` fills the given folder. Its exceptions are passed on.
  void save(std::int64_t step, const std::function<void(const std::filesystem::path&)>& write) const;
  void clear() const;

 private:
  std::filesystem::path folder_;
  std::int64_t keep_last_;
};

}  // namespace llama32med
