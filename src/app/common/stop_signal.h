// SIGINT, SIGTERM, SIGHUP (a closed terminal) and SIGUSR1 (SLURM's warning) request a stop: a long task saves its state
// and stops at the next safe point. A second signal ends the process at once. Under nohup, SIGHUP stays ignored.
#pragma once

namespace llama32med {

void watch_stop_signals();
void throw_if_stopped();  // Error{kStopped}

}  // namespace llama32med
