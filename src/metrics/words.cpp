#include "llama32med/metrics/words.h"

#include <algorithm>

namespace llama32med {
namespace {

template <class Counts>
auto find(Counts& counts, std::string_view word) {
  const auto found = std::lower_bound(counts.begin(), counts.end(), word,
                                      [](const WordCount& c, std::string_view w) { return c.word < w; });
  return found != counts.end() && found->word == word ? found : counts.end();
}

}  // namespace

std::vector<WordCount> count_words(Words words) {
  std::sort(words.begin(), words.end());
  std::vector<WordCount> counts;
  for (const auto word : words) {
    if (counts.empty() || counts.back().word != word) counts.push_back({word, 0});
    ++counts.back().count;
  }
  return counts;
}

std::size_t count_of(const std::vector<WordCount>& counts, std::string_view word) {
  const auto found = find(counts, word);
  return found == counts.end() ? 0 : found->count;
}

std::size_t count_shared(const Words& words, std::vector<WordCount> counts) {
  std::size_t shared = 0;
  for (const auto word : words) {
    const auto found = find(counts, word);
    if (found == counts.end() || found->count == 0) continue;
    --found->count;
    ++shared;
  }
  return shared;
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  for (;;) {
    const auto at = text.find(from);
    out.append(text.substr(0, at));
    if (at == text.npos) return out;
    out.append(to);
    text.remove_prefix(at + from.size());
  }
}

std::string_view after_last(std::string_view text, std::string_view mark) {
  for (auto at = text.find(mark); at != text.npos; at = text.find(mark)) text.remove_prefix(at + mark.size());
  return text;
}

}  // namespace llama32med
