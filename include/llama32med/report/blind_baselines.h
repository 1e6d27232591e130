// What can be had without looking at an image: five rules over the training questions, answered for the test questions.
// A model that is not better has learned the words, not the pictures (evaluation protocols, blind baselines).
//
//   row                                          an item's answer is the most frequent training answer of
//   -------------------------------------------  ---------------------------------------------------------------------
//   majority of the answer's type                its type: yes/no or not, known from the reference (an oracle)
//   majority by question type and answer's type  its question_type or content_type, and its type
//   majority by first two words                  the questions with its first two words
//   majority by question, else first two words   its question; if never seen, the questions with its first two words
//   nearest question (TF-IDF)                    the training question nearest to its own
//
// Texts are lower-cased and trimmed first; an answer is right that equals the reference. Words of the third and fourth
// row are parted by white space; of several question types an item has its first, and where the dataset has none, the
// question's first word; the nearest question's own most frequent answer is copied (src/report/nearest_question.h says
// which TF-IDF). Where a rule knows nothing: the second row takes the first row's answer, the others the most frequent
// of all. Ties: of answers, that which comes first among those counted; of nearest questions, the first in the training
// records.
//
// These choices give the published figures to the digit on the same rows: SLAKE with train and
// validate to learn from, VQA-RAD with its 3,064 rows.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/data/record.h"
#include "llama32med/scoring/estimate.h"

namespace llama32med {

struct BlindBaseline {
  std::string name;
  Estimate closed, open, overall;    // closed: the reference is yes or no
  std::vector<std::string> answers;  // of the test records, in their order
  std::vector<bool> right;
};

struct BlindBaselines {
  std::int64_t train_records = 0;
  std::string train_sha256;  // as given
  std::vector<BlindBaseline> rows;
};

// Both must not be empty.
BlindBaselines blind_baselines(const std::vector<Record>& train, const std::vector<Record>& test,
                               const std::string& train_sha256);

Json blind_baselines_json(const BlindBaselines& baselines);  // without the answers
std::string blind_baselines_markdown(const BlindBaselines& baselines);

}  // namespace llama32med
