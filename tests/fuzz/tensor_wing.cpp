// The targets of readers of weights, adapters, models and runs.
#include "fuzz/target.h"

namespace llama32med::fuzz {

const Targets& all_targets() {
  static const Targets targets = [] {
    Targets all;
    for (const auto& floor : {weights_targets(), peft_targets(), model_targets(), run_targets()})
      all.insert(all.end(), floor.begin(), floor.end());
    return all;
  }();
  return targets;
}

}  // namespace llama32med::fuzz
