// Scores by the dataset's own fields and by properties of the question.
//
//   by                                                   values
//   modality, location, content_type, base_type          SLAKE's, as the file spells them
//   image_organ, question_type, phrase_type              VQA-RAD's, in upper case except the last; "test_freeform" is
//                                                        "freeform", ATRIB is ATTRIB, PRSE is PRES
//   answer_type                                          the annotation
//   first_word                                           first word of the question, in lower case
//   answer_words                                         length of the reference: 1, 2, 3, 4, 5-9, 10+
//   answer_in_train                                      yes or no, if the training records are known
//
// An item with several labels ("POS, PRES") counts under each. A breakdown without any values is absent. Values with
// fewer than 20 items are suppressed but counted: their intervals are meaningless, and many small rows invite
// cherry-picking.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/report/train_overlap.h"
#include "llama32med/scoring/estimate.h"

namespace llama32med {

inline constexpr std::int64_t kFewestItems = 20;

struct BreakdownRow {
  std::string value;
  Estimate estimate;
};

struct Breakdown {
  std::string by;
  std::vector<BreakdownRow> rows;  // most items first, then by value; answer_words in increasing order
  std::int64_t suppressed_values = 0, suppressed_items = 0;  // an item with two suppressed labels counts twice
  std::int64_t items_without = 0;                            // without a value
};

// The labels of a field: split at commas, trimmed, without duplicates; VQA-RAD's question_type and image_organ in upper
// case with the file's typos corrected.
std::vector<std::string> field_labels(const Record& record, const std::string& field);

// `overlaps` may be null: then there is no answer_in_train.
std::vector<Breakdown> make_breakdowns(const std::vector<ScoredItem>& items, const Estimator& estimator,
                                       const TrainOverlaps* overlaps);

Json breakdowns_json(const std::vector<Breakdown>& breakdowns);
std::string breakdowns_markdown(const std::vector<Breakdown>& breakdowns);

}  // namespace llama32med
