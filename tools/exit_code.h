// The only place that turns exceptions into messages and exit codes (kExitCodes in manual/manual.h).
#pragma once
#include <functional>

namespace llama32med {

// Runs the action. 0 if it succeeds and what it printed was written; otherwise one line on standard error.
int exit_code_of(const std::function<void()>& action);

}  // namespace llama32med
