// Items as JSON, one line of predictions.jsonl each, with all that is needed to score an answer again without the model
// or the dataset.
//
//   item_id, image_id, image, question, reference, answer_type_annotated, split, fields {the dataset's own}
//   prediction_raw, finish_reason, n_prompt_tokens, n_new_tokens, logprob_sum, logprob_mean, p_yes, p_no, image_sha256,
//   error: about the answer; absent if unknown
//
// There are no timings, so that a repeated run gives the same bytes.
#pragma once
#include <filesystem>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/scoring/item.h"

namespace llama32med {

Json item_json(const Item& item);

// Reads the keys that are present; none is required.
Record record_from_json(const Json& row);
Prediction prediction_from_json(const Json& row);

}  // namespace llama32med
