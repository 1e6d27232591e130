// The targets of readers that work without libtorch.
#include "fuzz/target.h"

namespace llama32med::fuzz {

const Targets& all_targets() {
  static const Targets targets = [] {
    Targets all;
    for (const auto& floor : {core_targets(), text_targets(), image_targets(), data_targets(), scoring_targets(),
                              rater_targets(), report_targets()})
      all.insert(all.end(), floor.begin(), floor.end());
    return all;
  }();
  return targets;
}

}  // namespace llama32med::fuzz
