// NLTK's sentence BLEU (nltk/nltk @f2a92bd7 nltk/translate/bleu_score.py:45-134,137-282) of one hypothesis, as the
// scoring code of medical VQA calls it: with any weights, also (0, 1, 0, 0), on words or on characters.
//
//   BP exp(sum w_n log p_n), p_n = clipped n-grams / max(1, n-grams); 0 if no unigram matches
//   BP = 1 if longer than the nearest reference in length, else exp(1 - r/c)
#pragma once
#include <span>
#include <string_view>
#include <vector>

namespace llama32med {

enum class ZeroCounts {
  kTiny,      // no smoothing: a precision of 0 counts as the smallest positive double (and a warning in NLTK)
  kAddTenth,  // its method 1: zero counts get 0.1
};

using Tokens = std::vector<std::string_view>;

double weighted_bleu(const Tokens& hypothesis, std::span<const Tokens> references, std::span<const double> weights,
                     ZeroCounts zero_counts = ZeroCounts::kTiny);

}  // namespace llama32med
