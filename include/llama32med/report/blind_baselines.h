// Scores without looking at an image: five rules learned from the training questions, applied to the test questions.
// A model that is not better has learned the text, not the images.
//
//   row                                          the answer is the most frequent training answer for
//   -------------------------------------------  ---------------------------------------------------------------------
//   majority of the answer's type                its type: yes/no or not, known from the reference (an oracle)
//   majority by question type and answer's type  its question_type or content_type, and its type
//   majority by first two words                  the questions with its first two words
//   majority by question, else first two words   its question; if never seen, the questions with its first two words
//   nearest question (TF-IDF)                    the training question nearest to its own
//
// Texts are lower-cased and trimmed first; an answer is correct if it equals the reference. Words in the third and
// fourth row are separated by white space. An item with several question types has the first; without question types in
// the dataset, it is the first word of the question. The most frequent answer of the nearest question is copied
// (src/report/nearest_question.h defines the TF-IDF). If a rule has no match, the second row falls back to the first
// row's answer, the others to the most frequent answer overall. Ties: the first counted answer; the first question in
// the training records.
//
// These choices reproduce the published figures to the digit on the same rows: SLAKE with train and validate as
// training data, VQA-RAD with its 3,064 training rows.
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
  std::vector<std::string> answers;  // answers to the test records, in order
  std::vector<bool> right;
};

struct BlindBaselines {
  std::int64_t train_records = 0;
  std::string train_sha256 = {};  // hash of the training records (data/dataset.h)
  std::vector<BlindBaseline> rows = {};
};

// Both must not be empty. `bootstrap`: resamples of the test images.
BlindBaselines blind_baselines(const std::vector<Record>& train, const std::vector<Record>& test,
                               const ImageBootstrap& bootstrap);

Json blind_baselines_json(const BlindBaselines& baselines);  // without the answers
std::string blind_baselines_markdown(const BlindBaselines& baselines);

}  // namespace llama32med
