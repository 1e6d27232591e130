// The lines of a finished predictions.jsonl: the answer (eval/item_json.h) with all that a reader needs to check a
// score without us.
#pragma once
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/eval/item.h"
#include "llama32med/eval/run_facts.h"

namespace llama32med {

Json item_line(const Item& item, const RunFacts& facts, const std::vector<std::string>& protocols);

}  // namespace llama32med
