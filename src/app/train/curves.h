// Curves of a run as one SVG: training loss, learning rate, validation loss and accuracy.
//
// The SVG is self-contained: no scripts, no external fonts or styles. The loss of every step is a faint dot; the line
// is their mean over 1/25 of the run. Long runs are thinned to what a screen can show, keeping extremes. Steps with a
// non-finite loss are marked on the axis.
#pragma once
#include <string>
#include <vector>

#include "app/train/metrics.h"

namespace llama32med {

std::string curves_svg(const std::vector<MetricLine>& lines);

}  // namespace llama32med
