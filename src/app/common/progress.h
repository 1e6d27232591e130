// What a person sees of long work, on standard error: a bar with rate and time left on a terminal, else a plain line
// now and then. Nothing when quiet.
#pragma once
#include <chrono>
#include <cstddef>
#include <string>

namespace llama32med {

enum class ProgressStyle { kAuto, kNone };

class Progress {
 public:
  // `unit` is what is counted, "questions". `total` 0: not known.
  Progress(std::string task, std::string unit, ProgressStyle style);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `fresh` of the `done` were done since the start: only they make the rate. `note` stands behind, "loss 0.31".
  void update(std::size_t done, std::size_t total, std::size_t fresh, const std::string& note = "");

 private:
  std::string line(std::size_t done, std::size_t total, std::size_t fresh, const std::string& note) const;

  std::string task_, unit_;
  bool terminal_, silent_, open_ = false;  // open_: a bar stands on the last line
  std::chrono::steady_clock::time_point start_, last_;
};

// 75.3 -> "1m15s"
std::string duration_text(double seconds);

// Seconds since this process was started.
double process_age();

}  // namespace llama32med
