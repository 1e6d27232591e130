// Scores by the dataset's own fields and by what can be read off a question.
//
//   by               source
//   modality         field "modality" (SLAKE)
//   location         field "location" (SLAKE) or "image_organ" (VQA-RAD)
//   content          field "content_type" (SLAKE) or "question_type" (VQA-RAD; several labels in one: the item counts
//                    under each; ATRIB is ATTRIB, PRSE is PRES)
//   base_type        field "base_type" (SLAKE)
//   phrase_type      field "phrase_type" (VQA-RAD; "test_freeform" is "freeform")
//   answer_type      the annotation
//   first_word       of the question, lower case (Unicode letters and digits are part of a word)
//   answer_words     of the reference: 1, 2, 3, 4, 5-9, 10+
//   answer_in_train  seen or unseen, where the training records are known
//
// A break-down none of whose items has a value is absent. Values of fewer than 20 items are suppressed and counted:
// their intervals say nothing, and many small rows invite picking one.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/eval/estimate.h"
#include "llama32med/eval/train_overlap.h"

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

// The values of one break-down for one record; empty: none. `overlap` may be null.
std::vector<std::string> breakdown_values(const std::string& by, const Record& record, const TrainOverlap* overlap);

// `overlaps` may be null: then nothing is said about training.
std::vector<Breakdown> make_breakdowns(const std::vector<ScoredItem>& items, const Estimator& estimator,
                                       const TrainOverlaps* overlaps);

Json breakdowns_json(const std::vector<Breakdown>& breakdowns);
std::string breakdowns_markdown(const std::vector<Breakdown>& breakdowns);

}  // namespace llama32med
