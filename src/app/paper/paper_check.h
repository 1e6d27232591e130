// Checks what the experiments of a paper need before the first one runs: configs, model folders, adapters, datasets and
// splits, prompts, protocols, predictions files, and the memory of each training.
//
// Evaluations that are finished, and the memory of stages that are, are left out. Phantoms that are still to be drawn
// are checked on a small set of the same kind in a temporary folder. Nothing is written below OUT.
#pragma once
#include "app/paper/paper.h"
#include "app/paper/paper_sources.h"

namespace llama32med {

// Throws one Error that lists every problem; its kind is that of the first of usage, data and resources that occurs.
void check_experiments(const PaperRequest& request, const PaperConfig& config, const PaperSlots& slots);

}  // namespace llama32med
