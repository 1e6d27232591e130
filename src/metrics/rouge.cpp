#include "llama32med/metrics/rouge.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <set>

#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

// Table of the lengths of longest common subsequences: at(i, j) for the first i and j words.
class LcsTable {
 public:
  LcsTable(const Tokens& a, const Tokens& b) : width_(b.size() + 1), cells_((a.size() + 1) * width_) {
    for (std::size_t i = 1; i <= a.size(); ++i)
      for (std::size_t j = 1; j <= b.size(); ++j)
        cells_[i * width_ + j] = a[i - 1] == b[j - 1] ? at(i - 1, j - 1) + 1 : std::max(at(i - 1, j), at(i, j - 1));
  }
  std::uint32_t at(std::size_t i, std::size_t j) const { return cells_[i * width_ + j]; }
  double length() const { return cells_.back(); }

 private:
  std::size_t width_;
  std::vector<std::uint32_t> cells_;
};

double share(double part, std::size_t whole) { return whole == 0 ? 0.0 : part / static_cast<double>(whole); }

RougeScore score_of(double common, std::size_t reference, std::size_t prediction) {
  RougeScore score{.precision = share(common, prediction), .recall = share(common, reference)};
  const double sum = score.precision + score.recall;
  if (sum > 0) score.f1 = 2 * score.precision * score.recall / sum;
  return score;
}

// `rouge` adds 1e-8 to the denominator.
RougeScore set_score(std::size_t common, std::size_t reference, std::size_t prediction) {
  RougeScore score{.precision = share(static_cast<double>(common), prediction),
                   .recall = share(static_cast<double>(common), reference)};
  score.f1 = 2 * (score.precision * score.recall / (score.precision + score.recall + 1e-8));
  return score;
}

// The nonempty pieces between periods, split at single spaces; a piece of spaces has one word, "".
std::vector<Tokens> sentences(std::string_view text) {
  std::vector<Tokens> out;
  for (const auto& piece : split(text, '.')) {
    if (piece.empty()) continue;
    auto words = white_space_tokens(piece);
    if (words.empty()) words.emplace_back();
    out.push_back(std::move(words));
  }
  return out;
}

std::set<std::string> words_of(const std::vector<Tokens>& sentences) {
  std::set<std::string> words;
  for (const auto& sentence : sentences) words.insert(sentence.begin(), sentence.end());
  return words;
}

// The words of one longest common subsequence; on ties, the one the package finds.
void add_common(const Tokens& a, const Tokens& b, std::set<std::string>& words) {
  const LcsTable table(a, b);
  for (std::size_t i = a.size(), j = b.size(); i > 0 && j > 0;) {
    if (a[i - 1] == b[j - 1]) {
      words.insert(a[i - 1]);
      --i, --j;
    } else if (table.at(i - 1, j) > table.at(i, j - 1)) {
      --i;
    } else {
      --j;
    }
  }
}

}  // namespace

RougeScore rouge1(std::string_view reference, std::string_view prediction) {
  auto wanted = rouge_tokens(reference), found = rouge_tokens(prediction);
  std::ranges::sort(wanted);
  std::ranges::sort(found);
  Tokens both;
  std::ranges::set_intersection(wanted, found, std::back_inserter(both));
  return score_of(static_cast<double>(both.size()), wanted.size(), found.size());
}

RougeScore rouge_l(std::string_view reference, std::string_view prediction) {
  const auto wanted = rouge_tokens(reference), found = rouge_tokens(prediction);
  return score_of(LcsTable(wanted, found).length(), wanted.size(), found.size());
}

double coco_rouge_l(const Tokens& reference, const Tokens& hypothesis) {
  static constexpr double kBetaSquared = 1.2 * 1.2;
  const double common = LcsTable(reference, hypothesis).length();
  if (common == 0) return 0.0;
  const double precision = share(common, hypothesis.size()), recall = share(common, reference.size());
  return (1 + kBetaSquared) * precision * recall / (recall + kBetaSquared * precision);
}

RougeScore set_rouge_1(std::string_view reference, std::string_view prediction) {
  const auto wanted = words_of(sentences(reference)), found = words_of(sentences(prediction));
  Tokens both;
  std::ranges::set_intersection(wanted, found, std::back_inserter(both));
  return set_score(both.size(), wanted.size(), found.size());
}

RougeScore set_rouge_l(std::string_view reference, std::string_view prediction) {
  const auto wanted = sentences(reference), found = sentences(prediction);
  std::set<std::string> common;
  for (const auto& theirs : wanted)
    for (const auto& ours : found) add_common(theirs, ours, common);
  return set_score(common.size(), words_of(wanted).size(), words_of(found).size());
}

}  // namespace llama32med
