// Predictions and the records that they answer, as items in the order of the records. What does not match is an error
// that lists it: a score over the wrong items would be meaningless.
#pragma once
#include <filesystem>
#include <vector>

#include "llama32med/data/dataset.h"
#include "llama32med/scoring/item.h"
#include "llama32med/scoring/prediction_reader.h"

namespace llama32med {

enum class Coverage {
  kComplete,  // a record without a prediction is an error
  kPartial,   // records without a prediction are left out
};

// By id. Throws Error{kData} with unknown, duplicate and missing ids.
std::vector<Item> join_predictions(const Dataset& dataset, const std::vector<Prediction>& predictions,
                                   Coverage coverage);

// By question and reference, for copies of a dataset without its ids: `answered` comes from read_self_contained. Case,
// white space and punctuation do not count. Equal pairs are matched in the order of both files; their references are
// the same. Throws Error{kData} with pairs that belong to no record, or to fewer records, and missing records.
std::vector<Item> join_by_question(const Dataset& dataset, const std::vector<Item>& answered, Coverage coverage);

// Throws Error{kData} if each prediction is its reference, or each is its question: the column that was read does not
// hold the model's answers. Under a clear name, this takes ten predictions; under a name that may mean the reference,
// two. Our own files are exempt: their column has only one meaning.
void refuse_copies(const std::vector<Item>& items, const std::filesystem::path& file, const PredictionKeys& keys);

}  // namespace llama32med
