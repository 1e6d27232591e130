// Predictions of any origin, from one file.
//
//   .jsonl  one object a line: ours, LLaVA-Med's {question_id, text}, or plain {id, prediction}
//   .json   a list of such objects
//   .csv    a first line of column names, then a row a prediction; .tsv the same with tabs
//
// The id is under "id", "item_id", "qid" or "question_id"; the text under "prediction_raw", "prediction", "text",
// "response", "pred", "output", "model_answer", "generated_text" or "answer": the first that is there. What our own
// files say beside them (log probability, finish reason) is kept. A file may carry its own questions: "question", and
// the right answer under "reference", "ground_truth", "gt_answer", "gt", "label" or, where the text stands under
// another name, "answer". Throws Error{kData} with file and line for a broken line, for text that is not UTF-8, and for
// a row without id or text.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/data/dataset.h"
#include "llama32med/scoring/item.h"

namespace llama32med {

std::vector<Prediction> read_predictions(const std::filesystem::path& file);

// A file that carries its own questions, as a dataset and its predictions in one. Throws Error{kData} where a row has
// no reference, or an id comes twice.
std::vector<Item> read_self_contained(const std::filesystem::path& file);

enum class Coverage {
  kComplete,  // a record without a prediction is an error
  kPartial,   // only records with a prediction count
};

// Joins by id, in the records' order. Throws one Error{kData} that lists the ids that no record has, that come twice,
// and that are missing: a score over other items than it says is no score.
std::vector<Item> join_predictions(const Dataset& dataset, const std::vector<Prediction>& predictions,
                                   Coverage coverage);

}  // namespace llama32med
