// Scores by the dataset's own fields and by what can be read off a question.
//
//   by                                                   values
//   modality, location, content_type, base_type          of SLAKE, as the file spells them
//   image_organ, question_type, phrase_type              of VQA-RAD, in upper case but for the last; "test_freeform" is
//                                                        "freeform", ATRIB is ATTRIB, PRSE is PRES
//   answer_type                                          the annotation
//   first_word                                           of the question, in lower case
//   answer_words                                         of the reference: 1, 2, 3, 4, 5-9, 10+
//   answer_in_train                                      yes or no, where the training records are known
//
// A field that holds several labels ("POS, PRES") counts the item under each. A break-down none of whose items has a
// value is absent. Values of fewer than 20 items are suppressed and counted: their intervals say nothing, and many
// small rows invite picking one.
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
  std::vector<BreakdownRow> rows;  // most items first, then by value; answer_words in their order
  std::int64_t suppressed_values = 0, suppressed_items = 0;  // an item of two suppressed labels counts twice
  std::int64_t items_without = 0;                            // that have no value
};

// The labels of a field: parted at commas, trimmed, each once; for VQA-RAD's question_type and image_organ in upper
// case and without the file's slips.
std::vector<std::string> field_labels(const Record& record, const std::string& field);

// `overlaps` may be null: then nothing is said about training.
std::vector<Breakdown> make_breakdowns(const std::vector<ScoredItem>& items, const Estimator& estimator,
                                       const TrainOverlaps* overlaps);

Json breakdowns_json(const std::vector<Breakdown>& breakdowns);
std::string breakdowns_markdown(const std::vector<Breakdown>& breakdowns);

}  // namespace llama32med
