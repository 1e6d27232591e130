// BLEU (Papineni et al., ACL 2002) with one reference per hypothesis, as four packages compute it. They differ in
// tokens, in the smoothing of zero counts, and in the length penalty; scores of different kinds are not comparable.
//
//   nltk_bleu       nltk/translate/bleu_score.py; 0 to 1
//   hf_bleu         Hugging Face `evaluate` (no smoothing, 0 where an order has no match); 0 to 1
//   sacrebleu       sacrebleu/metrics/bleu.py, "exp" smoothing; 0 to 100
//   coco_bleu       pycocoevalcap/bleu/bleu_scorer.py; 0 to 1
#pragma once
#include <array>
#include <cstdint>

#include "llama32med/metrics/tokens.h"

namespace llama32med {

inline constexpr int kBleuOrders = 4;

struct BleuCounts {  // counts of one pair, or summed over a corpus; index 0: single words
  std::array<std::int64_t, kBleuOrders> matches{}, totals{};
  std::int64_t reference_words = 0, hypothesis_words = 0;

  BleuCounts& operator+=(const BleuCounts& other);
};

BleuCounts bleu_counts(const Tokens& reference, const Tokens& hypothesis);

enum class NltkSmoothing {
  kNone,     // a zero becomes the smallest double: with order 4 a score of 1e-78 to 1e-231 instead of 0
  kMethod1,  // a zero becomes 0.1 in the numerator
};
// Uniform weights over orders 1 to `order`. For a single pair only: NLTK's corpus score counts short sentences
// differently. 0 if no word matches.
double nltk_bleu(const BleuCounts& counts, int order, NltkSmoothing smoothing);

double hf_bleu(const BleuCounts& counts, int order = kBleuOrders);

enum class EffectiveOrder { kOff, kOn };  // on: orders without n-grams are left out of the mean (for single sentences)
double sacrebleu(const BleuCounts& counts, EffectiveOrder effective_order);

double coco_bleu(const BleuCounts& counts, int order);

}  // namespace llama32med
