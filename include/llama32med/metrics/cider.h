// CIDEr-D (Vedantam et al., CVPR 2015) as in pycocoevalcap/cider/cider_scorer.py with one reference per item: 1- to
// 4-grams weighted by tf-idf, idf over the given references (one document per item), clipped cosine, a Gaussian penalty
// on the difference in length (sigma 6), the mean over orders times 10. A score depends on the whole set of references:
// the same pair scores differently among other items.
#pragma once
#include <vector>

#include "llama32med/metrics/tokens.h"

namespace llama32med {

// One score per item, 0 to 10; the corpus score is their mean.
std::vector<double> cider(const std::vector<Tokens>& references, const std::vector<Tokens>& hypotheses);

}  // namespace llama32med
