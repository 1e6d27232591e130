// Fuzz targets: one function per reader of foreign bytes, run by libFuzzer (fuzzer.cpp) and by a test
// (replay_test.cpp).
//
// A target gets any bytes and returns. llama32med::Error is the right answer to bad input. Every other exception, a
// crash, and a broken promise (require) are failures.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "llama32med/core/error.h"

namespace llama32med::fuzz {

using Seeds = std::vector<std::string>;

struct Target {
  const char* name;
  void (*run)(std::string_view bytes);
  Seeds (*seeds)();  // valid inputs, from the files of the repository or written by our own writers
};
using Targets = std::vector<Target>;

// All targets of the program that links this: text_wing.cpp or tensor_wing.cpp.
const Targets& all_targets();

inline void require(bool kept, const char* promise) {
  if (!kept) throw std::logic_error(std::string("broken promise: ") + promise);
}

// For one of several readers of the same bytes: whether it accepts them decides nothing about the others.
template <class Read>
void may_refuse(Read read) {
  try {
    read();
  } catch (const Error&) {
    // the right answer to bad input
  }
}

// ---- text wing -----------------------------------------------------------------------------------------------------
Targets core_targets();
Targets text_targets();
Targets image_targets();
Targets data_targets();
Targets scoring_targets();
Targets rater_targets();
Targets report_targets();  // report and vectors

// ---- tensor wing ---------------------------------------------------------------------------------------------------
Targets weights_targets();  // weights and nn
Targets peft_targets();
Targets model_targets();
Targets run_targets();  // train and app

}  // namespace llama32med::fuzz
