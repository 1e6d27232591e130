// Reads a file of predictions, ours or another program's.
//
//   .jsonl  one object per line: ours, LLaVA-Med's {question_id, text}, or plain {id, prediction}
//   .json   a list of such objects
//   .csv    a first line of column names, then one row per prediction; .tsv the same with tabs
//
// The column of the model's answers is found by its name, for the file as a whole: "prediction_raw" (ours), else the
// only one of the clear names (prediction, response, ...), else the only one of "text", "output", "answer" and
// "caption". The latter hold the question or the reference in files of some programs: beside a column of unknown text
// they are refused. src/scoring/prediction_columns.cpp lists the names. Ids are under "id", "item_id", "qid" or
// "question_id". Extra keys of our own files (log probability, finish reason) are kept. A file may contain its own
// questions: "question", and the correct answer under "reference", "ground_truth", ... or, if the prediction is under
// another name, "answer".
//
// Throws Error{kData} with file and line for invalid lines, text that is not UTF-8, and rows without an answer; with
// the columns and the option to use if it is not clear which column holds the answers or the ids.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "llama32med/scoring/item.h"

namespace llama32med {

struct PredictionKeys {  // names of columns; empty: found by the rules above
  std::string text, id;
};

struct PredictionColumns {
  std::string text;              // the model's answers
  bool is_clear = false;         // its name hardly ever means the reference or the question
  std::string id, reference;     // "" if there is none
  std::vector<std::string> all;  // every name in the file, in order of appearance
};

inline constexpr std::string_view kOurPredictions = "prediction_raw";

PredictionColumns prediction_columns(const std::filesystem::path& file, const PredictionKeys& keys = {});

// Throws Error{kData} if there is no column of ids.
std::vector<Prediction> read_predictions(const std::filesystem::path& file, const PredictionKeys& keys = {});

// Reads a file that contains its own questions and references: dataset and predictions in one. Without a column of ids,
// the rows are numbered from 1. Throws Error{kData} if a row has no reference or an id is duplicate.
std::vector<Item> read_self_contained(const std::filesystem::path& file, const PredictionKeys& keys = {});

}  // namespace llama32med
