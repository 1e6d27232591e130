// A paper's cells as text and as Markdown.
#pragma once
#include <string>
#include <vector>

#include "app/paper/paper.h"

namespace llama32med {

std::string paper_tables_text(const PaperOutcome& outcome, const std::vector<std::string>& remarks);
std::string paper_tables_markdown(const PaperOutcome& outcome, const PaperConfig& config);

}  // namespace llama32med
