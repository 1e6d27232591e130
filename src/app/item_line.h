// A line of a finished predictions.jsonl: the answer (eval/item_json.h) with all that a reader needs to check a score
// without us.
#pragma once
#include "llama32med/app/run_report.h"

namespace llama32med {

Json item_line(const Item& item, const RunReport& report);

}  // namespace llama32med
