#include "app/common/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "llama32med/core/files.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kBarEvery = std::chrono::milliseconds(100);
constexpr auto kLineEvery = std::chrono::seconds(10);
constexpr int kBarWidth = 24;

std::size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string bar(std::size_t done, std::size_t total) {
  const auto filled = total > 0 ? static_cast<std::size_t>(kBarWidth) * std::min(done, total) / total : 0;
  return std::string(filled, '#') + std::string(kBarWidth - filled, '.');
}

// A progress line that nobody can read, on a closed pipe or a full disk, does not end a run.
void show(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(std::llround(std::max(seconds, 0.0)));
  if (whole >= 3600) return fmt::format("{}h{:02}m", whole / 3600, whole % 3600 / 60);
  if (whole >= 60) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}s", whole);
}

double process_age() {
  const auto stat = kernel_text("/proc/self/stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 1));  // the process name may contain blanks
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  double start_ticks = 0;  // since boot
  fields >> start_ticks;
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9 -
         start_ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

Progress::Progress(std::string task, std::string unit, ProgressStyle style)
    : task_(std::move(task)),
      unit_(std::move(unit)),
      terminal_(::isatty(STDERR_FILENO) == 1),
      silent_(style == ProgressStyle::kNone),
      start_(Clock::now()) {}

Progress::~Progress() {
  if (open_) std::fputs("\n", stderr);
}

std::string Progress::line(std::size_t done, std::size_t total, std::size_t fresh, const std::string& note) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(fresh) / seconds : 0;
  auto text = task_;
  if (terminal_) text += fmt::format(" [{}]", bar(done, total));
  text += fmt::format(" {}/{} {}", done, total, unit_);
  if (fresh > 0) text += fmt::format(", {:.{}f}/s", rate, rate < 10 ? 2 : 0);
  if (fresh > 0 && done < total) text += ", " + duration_text(static_cast<double>(total - done) / rate) + " left";
  if (done >= total) text += " in " + duration_text(seconds);
  return note.empty() ? text : text + ", " + printable(note);  // names of tensors and files
}

void Progress::update(std::size_t done, std::size_t total, std::size_t fresh, const std::string& note) {
  if (silent_) return;
  const auto now = Clock::now();
  const bool last = done >= total;
  if (!last && now - last_ < (terminal_ ? Clock::duration(kBarEvery) : Clock::duration(kLineEvery))) return;
  last_ = now;
  auto text = line(done, total, fresh, note);
  if (!terminal_) {
    show(text + "\n");
    return;
  }
  text.resize(std::min(text.size(), terminal_width() - 1));
  show("\r\x1b[K" + text);
  open_ = !last;
  if (last) std::fputs("\n", stderr);
}

}  // namespace llama32med
