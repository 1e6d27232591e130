// Which columns of a predictions file hold ids, answers of the model, and references.
#pragma once
#include <string>
#include <vector>

#include "llama32med/core/config_json.h"
#include "llama32med/scoring/prediction_reader.h"

namespace llama32med {

struct PredictionRow {
  Json values;  // an object
  std::string where;
};

// Throws Error{kData} if no column or several columns may hold the answers, or if columns of ids disagree.
PredictionColumns choose_columns(const std::vector<PredictionRow>& rows, const PredictionKeys& keys,
                                 const std::string& file);

// The value of a column as text. Throws Error{kData} with its location if it is absent or not text.
std::string column_text(const PredictionRow& row, const std::string& column);

}  // namespace llama32med
