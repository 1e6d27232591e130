// Shared words of a prediction and a reference, as LLaVA-Med and PathVQA count them (for sources see token_overlap.h
// and letters_overlap.h, which differ in what a word is).
#pragma once
#include "llama32med/metrics/words.h"

namespace llama32med {

struct Overlap {
  double f1 = 0, precision = 0, recall = 0;
};

// A shared word counts as often as it is in the *prediction*, a missed one as often as it is in the reference: "lung
// lung lung" for "right lung" has recall 3/4. All 0 if either side has no words.
Overlap overlap(const Words& prediction, const Words& reference);

// Distinct reference words found / predicted words: "lung" for "right lung" scores 1. 0 without predicted words.
double found_share(const Words& prediction, const Words& reference);

}  // namespace llama32med
