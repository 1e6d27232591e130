#include "metrics/ngrams.h"

#include <algorithm>

namespace llama32med {

std::vector<Ngram> sorted_ngrams(const std::vector<std::uint32_t>& words, std::size_t order) {
  std::vector<Ngram> out;
  for (std::size_t begin = 0; begin + order <= words.size(); ++begin) {
    Ngram gram{};
    for (std::size_t i = 0; i < order; ++i) gram[i] = words[begin + i];
    out.push_back(gram);
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace llama32med
