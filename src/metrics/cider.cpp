#include "llama32med/metrics/cider.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

#include "metrics/ngrams.h"

namespace llama32med {
namespace {

constexpr std::size_t kOrders = 4;
constexpr double kSigma = 6.0;

struct Weight {
  Ngram gram;
  double value;
};

struct Caption {  // n-grams per order with their counts or tf-idf weights; sorted
  std::array<std::vector<Weight>, kOrders> orders;
  double bigrams = 0;  // the package's measure of length
};

Caption counted(const std::vector<std::uint32_t>& words) {
  Caption caption;
  for (std::size_t order = 1; order <= kOrders; ++order) {
    auto& weights = caption.orders[order - 1];
    for (const auto& gram : sorted_ngrams(words, order)) {
      if (weights.empty() || weights.back().gram != gram) weights.push_back({gram, 0.0});
      weights.back().value += 1;
    }
  }
  caption.bigrams = words.empty() ? 0.0 : static_cast<double>(words.size() - 1);
  return caption;
}

using Documents = std::map<Ngram, double>;  // number of references that contain an n-gram

Caption weighted(Caption caption, const Documents& documents, double log_count) {
  for (auto& order : caption.orders)
    for (auto& [gram, value] : order) {
      const auto found = documents.find(gram);
      value *= log_count - (found == documents.end() ? 0.0 : std::log(found->second));
    }
  return caption;
}

double norm(const std::vector<Weight>& weights) {
  double sum = 0;
  for (const auto& weight : weights) sum += weight.value * weight.value;
  return std::sqrt(sum);
}

double clipped_product(const std::vector<Weight>& hypothesis, const std::vector<Weight>& reference) {
  double sum = 0;
  auto other = reference.begin();
  for (const auto& [gram, value] : hypothesis) {
    while (other != reference.end() && other->gram < gram) ++other;
    if (other != reference.end() && other->gram == gram) sum += std::min(value, other->value) * other->value;
  }
  return sum;
}

double similarity(const Caption& hypothesis, const Caption& reference) {
  double sum = 0;
  for (std::size_t i = 0; i < kOrders; ++i) {
    const double norms = norm(hypothesis.orders[i]) * norm(reference.orders[i]);
    const double product = clipped_product(hypothesis.orders[i], reference.orders[i]);
    sum += norms != 0 ? product / norms : product;
  }
  const double difference = hypothesis.bigrams - reference.bigrams;
  return sum / kOrders * std::exp(-difference * difference / (2 * kSigma * kSigma));
}

}  // namespace

std::vector<double> cider(const std::vector<Tokens>& references, const std::vector<Tokens>& hypotheses) {
  if (references.size() != hypotheses.size()) throw std::invalid_argument("cider: needs one hypothesis per reference");
  Vocabulary vocabulary;
  Documents documents;
  std::vector<Caption> wanted;
  for (const auto& reference : references) {
    wanted.push_back(counted(vocabulary.numbers(reference)));
    for (const auto& order : wanted.back().orders)
      for (const auto& weight : order) documents[weight.gram] += 1;
  }
  const double log_count = std::log(static_cast<double>(references.size()));
  std::vector<double> scores;
  for (std::size_t i = 0; i < references.size(); ++i) {
    const auto ours = weighted(counted(vocabulary.numbers(hypotheses[i])), documents, log_count);
    scores.push_back(10 * similarity(ours, weighted(wanted[i], documents, log_count)));
  }
  return scores;
}

}  // namespace llama32med
