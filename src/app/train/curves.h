// Curves of a run as one SVG: loss in training and validation on one logarithmic axis, validation accuracy, learning
// rate, norm of the gradient.
//
// The SVG is self-contained: no scripts, no external fonts or styles. The loss of every step is a faint dot; the line
// is their mean over 1/25 of the run. Long runs are thinned to what a screen can show, keeping extremes. Steps with a
// non-finite loss are marked on the axis.
#pragma once
#include <string>
#include <vector>

#include "app/train/metrics.h"

namespace llama32med {

// `run`: the title.
std::string curves_svg(const std::vector<MetricLine>& lines, const std::string& run);

}  // namespace llama32med
