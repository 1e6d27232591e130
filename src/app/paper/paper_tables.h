// How a paper's cells are shown.
#pragma once
#include <string>
#include <vector>

#include "app/paper/paper.h"

namespace llama32med {

std::string paper_text(const PaperOutcome& outcome, const std::vector<std::string>& remarks);
std::string paper_markdown(const PaperOutcome& outcome, const PaperConfig& config);

}  // namespace llama32med
