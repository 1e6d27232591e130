// Shared words of a prediction and a reference, as LLaVA-Med and PathVQA count them (token_overlap.h, letters_overlap.h
// name the sources; they differ in what a word is).
#pragma once
#include "llama32med/metrics/words.h"

namespace llama32med {

struct Overlap {
  double f1 = 0, precision = 0, recall = 0;
};

// A shared word counts as often as the *prediction* has it, a missed one as often as the reference has it: "lung lung
// lung" for "right lung" has recall 3/4. All 0 where a side has no words.
Overlap overlap(const Words& prediction, const Words& reference);

// Distinct reference words found / words predicted: "lung" for "right lung" scores 1. 0 without predicted words.
double found_share(const Words& prediction, const Words& reference);

}  // namespace llama32med
