// A line of a finished predictions.jsonl: the answer (scoring/item_json.h), and everything needed to check its score
// without this program.
#pragma once
#include "llama32med/report/context.h"

namespace llama32med {

Json item_line(const Item& item, const ReportContext& context);  // `item`: an item of the context

}  // namespace llama32med
