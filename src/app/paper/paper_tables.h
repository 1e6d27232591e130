// A paper's cells as text and as Markdown.
#pragma once
#include <string>
#include <vector>

#include "app/paper/paper.h"

namespace llama32med {

std::vector<std::string> tables_of(const PaperOutcome& outcome);  // in the order of their first cells

// The parts of a cell. A dataset with a label is shown under it: "SLAKE closed" -> "phantoms closed".
std::string column_text(const ComparedCell& compared);
std::string verdict_text(const ComparedCell& compared);
// "ours 84.48 (82.30 to 86.66), paper 84.6, inside our interval"
std::string cell_text(const ComparedCell& compared);

std::string paper_tables_text(const PaperOutcome& outcome, const std::vector<std::string>& remarks);
std::string paper_tables_markdown(const PaperOutcome& outcome, const PaperConfig& config);

}  // namespace llama32med
