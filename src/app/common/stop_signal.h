// SIGINT, SIGTERM and SIGUSR1 (SLURM's warning) ask for an end instead of making one: long work saves and stops at its
// next safe point. A second signal ends the process at once.
#pragma once

namespace llama32med {

void watch_stop_signals();
void throw_if_stopped();  // Error{kStopped}

}  // namespace llama32med
