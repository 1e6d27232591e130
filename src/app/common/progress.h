// Progress of a long task on standard error: a bar with rate and remaining time on a terminal, otherwise a line every
// ten seconds. Nothing with --quiet.
#pragma once
#include <chrono>
#include <cstddef>
#include <string>

namespace llama32med {

enum class ProgressStyle { kAuto, kNone };

class Progress {
 public:
  // `unit`: what is counted, for example "questions".
  Progress(std::string task, std::string unit, ProgressStyle style);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `fresh` of the `done` were done by this process: the rate counts only them. `note` is appended, as in "loss 0.31".
  void update(std::size_t done, std::size_t total, std::size_t fresh, const std::string& note = "");

 private:
  std::string line(std::size_t done, std::size_t total, std::size_t fresh, const std::string& note) const;

  std::string task_, unit_;
  bool terminal_, silent_, open_ = false;  // open_: the last line is an unfinished bar
  std::chrono::steady_clock::time_point start_, last_;
};

// 75.3 -> "1m15s"
std::string duration_text(double seconds);

// Seconds since this process started.
double process_age();

}  // namespace llama32med
