#include "llama32med/metrics/bleu.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "metrics/ngrams.h"

namespace llama32med {
namespace {

double real(std::int64_t count) { return static_cast<double>(count); }

// exp(1 - reference / hypothesis) if the hypothesis is not longer.
double brevity_penalty(const BleuCounts& counts) {
  if (counts.hypothesis_words >= counts.reference_words) return 1.0;
  if (counts.hypothesis_words == 0) return 0.0;
  return std::exp(1.0 - real(counts.reference_words) / real(counts.hypothesis_words));
}

}  // namespace

BleuCounts& BleuCounts::operator+=(const BleuCounts& other) {
  for (std::size_t i = 0; i < kBleuOrders; ++i) matches[i] += other.matches[i], totals[i] += other.totals[i];
  reference_words += other.reference_words;
  hypothesis_words += other.hypothesis_words;
  return *this;
}

BleuCounts bleu_counts(const Tokens& reference, const Tokens& hypothesis) {
  Vocabulary vocabulary;
  const auto wanted = vocabulary.numbers(reference), found = vocabulary.numbers(hypothesis);
  BleuCounts counts;
  counts.reference_words = static_cast<std::int64_t>(wanted.size());
  counts.hypothesis_words = static_cast<std::int64_t>(found.size());
  for (std::size_t order = 1; order <= kBleuOrders; ++order) {
    const auto ours = sorted_ngrams(found, order), theirs = sorted_ngrams(wanted, order);
    std::vector<Ngram> both;  // clipped counts: each as often as on the side with fewer
    std::ranges::set_intersection(ours, theirs, std::back_inserter(both));
    counts.matches[order - 1] = static_cast<std::int64_t>(both.size());
    counts.totals[order - 1] = static_cast<std::int64_t>(ours.size());
  }
  return counts;
}

double nltk_bleu(const BleuCounts& counts, int order, NltkSmoothing smoothing) {
  static constexpr double kEpsilon = 0.1;
  if (counts.matches[0] == 0) return 0.0;
  double sum = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(order); ++i) {
    const double total = std::max(1.0, real(counts.totals[i]));
    double precision = real(counts.matches[i]) / total;
    if (counts.matches[i] == 0)
      precision = smoothing == NltkSmoothing::kMethod1 ? kEpsilon / total : std::numeric_limits<double>::min();
    sum += std::log(precision) / order;
  }
  return brevity_penalty(counts) * std::exp(sum);
}

double hf_bleu(const BleuCounts& counts, int order) {
  double sum = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(order); ++i) {
    if (counts.matches[i] == 0) return 0.0;
    sum += std::log(real(counts.matches[i]) / real(counts.totals[i])) / order;
  }
  return brevity_penalty(counts) * std::exp(sum);
}

double sacrebleu(const BleuCounts& counts, EffectiveOrder effective_order) {
  if (std::ranges::all_of(counts.matches, [](std::int64_t n) { return n == 0; })) return 0.0;
  double sum = 0, halving = 1;
  int orders = 0;
  for (std::size_t i = 0; i < kBleuOrders && counts.totals[i] > 0; ++i, ++orders) {
    if (counts.matches[i] == 0) halving *= 2;
    const double matches = counts.matches[i] == 0 ? 1.0 / halving : real(counts.matches[i]);
    sum += std::log(100.0 * matches / real(counts.totals[i]));
  }
  // The package writes the logarithm of an order without n-grams as -9999999999, whose exponential is 0.
  if (orders < kBleuOrders && effective_order == EffectiveOrder::kOff) return 0.0;
  return brevity_penalty(counts) * std::exp(sum / orders);
}

double coco_bleu(const BleuCounts& counts, int order) {
  static constexpr double kTiny = 1e-15, kSmall = 1e-9;  // the package's constants against division by zero
  double product = 1;
  for (std::size_t i = 0; i < static_cast<std::size_t>(order); ++i)
    product *= (real(counts.matches[i]) + kTiny) / (real(counts.totals[i]) + kSmall);
  const double bleu = std::pow(product, 1.0 / order);
  const double ratio = (real(counts.hypothesis_words) + kTiny) / (real(counts.reference_words) + kSmall);
  return ratio < 1 ? bleu * std::exp(1 - 1 / ratio) : bleu;
}

}  // namespace llama32med
