// The curves of a run as one picture: training loss, learning rate, and what was validated.
//
// An SVG that stands alone: no scripts, no fonts or styles from elsewhere. Every step's loss is a faint dot; the line
// is their mean over a twenty-fifth of the run. Long runs are thinned to what a screen can show, extremes kept. Steps
// whose loss is not a number are marked on the axis.
#pragma once
#include <string>
#include <vector>

#include "app/train/metrics.h"

namespace llama32med {

std::string curves_svg(const std::vector<MetricLine>& lines);

}  // namespace llama32med
