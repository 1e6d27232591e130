// CIDEr-D (Vedantam et al., CVPR 2015) as in pycocoevalcap/cider/cider_scorer.py with one reference an item: 1- to
// 4-grams weighted by tf-idf, idf over the references given (an item is a document), clipped cosine, a Gaussian of the
// difference in length (sigma 6), the mean over orders times 10. A score belongs to its set of references: the same
// pair among other items has another one.
#pragma once
#include <vector>

#include "llama32med/metrics/tokens.h"

namespace llama32med {

// One score an item, 0 to 10; the corpus value is their mean.
std::vector<double> cider(const std::vector<Tokens>& references, const std::vector<Tokens>& hypotheses);

}  // namespace llama32med
