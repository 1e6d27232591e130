// Items as JSON: a line of predictions.jsonl. It holds what is needed to score the answer again without model and data.
//
//   item_id, image_id, image, question, reference, answer_type_annotated, split, fields {the dataset's own}
//   prediction_raw, finish_reason, n_prompt_tokens, n_new_tokens, logprob_sum, logprob_mean, p_yes, p_no, image_sha256,
//   error: of the answer; absent where unknown
//
// No times stand here: a repeated run gives the same bytes.
#pragma once
#include <filesystem>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/scoring/item.h"

namespace llama32med {

Json item_json(const Item& item);

// What of it a row holds; nothing is required.
Record record_from_json(const Json& row);
Prediction prediction_from_json(const Json& row);

}  // namespace llama32med
