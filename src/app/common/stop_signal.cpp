#include "app/common/stop_signal.h"

#include <atomic>
#include <csignal>

#include "llama32med/core/error.h"

namespace llama32med {
namespace {

std::atomic<int> requested{0};  // a signal handler must not touch anything else
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int number) {
  requested = number;
  std::signal(number, SIG_DFL);
}

// A signal that the parent process ignores stays ignored: nohup means that a closed terminal stops nothing.
void watch(int number) {
  if (std::signal(number, on_signal) == SIG_IGN) std::signal(number, SIG_IGN);
}

}  // namespace

void watch_stop_signals() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) watch(number);
}

void throw_if_stopped() {
  if (requested != 0)
    throw Error(ErrorKind::kStopped, "stopped by a signal; progress is saved, the same command resumes the run");
}

}  // namespace llama32med
