// ROUGE (Lin 2004) with one reference, as three packages compute it; all 0 to 1.
//
//   rouge1, rouge_l     rouge_score (Google), no stemmer: clipped words; longest common subsequence; F with beta 1
//   coco_rouge_l        pycocoevalcap: F with beta 1.2, which favors recall
//   set_rouge_1, _l     `rouge` (pltrdy) and packages based on it: sentences end at ".", a repeated word counts once
#pragma once
#include <string_view>

#include "llama32med/metrics/tokens.h"

namespace llama32med {

struct RougeScore {
  double precision = 0, recall = 0, f1 = 0;
};

RougeScore rouge1(std::string_view reference, std::string_view prediction);
RougeScore rouge_l(std::string_view reference, std::string_view prediction);

double coco_rouge_l(const Tokens& reference, const Tokens& hypothesis);

// The package raises an exception if either side has no words; these return 0.
RougeScore set_rouge_1(std::string_view reference, std::string_view prediction);
RougeScore set_rouge_l(std::string_view reference, std::string_view prediction);

}  // namespace llama32med
