// Reads a file of predictions, ours or another program's.
//
//   .jsonl  one object per line: ours, LLaVA-Med's {question_id, text}, or plain {id, prediction}
//   .json   a list of such objects
//   .csv    a first line of column names, then one row per prediction; .tsv the same with tabs
//
// The id is under "id", "item_id", "qid" or "question_id"; the text under "prediction_raw", "prediction", "text",
// "response", "pred", "output", "model_answer", "generated_text" or "answer", whichever comes first in this list. Extra
// keys of our own files (log probability, finish reason) are kept. A file may contain its own questions: "question",
// and the correct answer under "reference", "ground_truth", "gt_answer", "gt", "label" or, if the prediction is under
// another key, "answer". Throws Error{kData} with file and line for invalid lines, invalid UTF-8, and rows without an
// id or text.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/data/dataset.h"
#include "llama32med/scoring/item.h"

namespace llama32med {

std::vector<Prediction> read_predictions(const std::filesystem::path& file);

// Reads a file that contains its own questions: dataset and predictions in one. Throws Error{kData} if a row has no
// reference or an id is duplicate.
std::vector<Item> read_self_contained(const std::filesystem::path& file);

enum class Coverage {
  kComplete,  // a record without a prediction is an error
  kPartial,   // records without a prediction are left out
};

// Joins by id, in the order of the records. Throws one Error{kData} that lists unknown, duplicate and missing ids: a
// score over the wrong items would be meaningless.
std::vector<Item> join_predictions(const Dataset& dataset, const std::vector<Prediction>& predictions,
                                   Coverage coverage);

}  // namespace llama32med
