#include "llama32med/metrics/words.h"

#include <algorithm>

namespace llama32med {

std::vector<WordCount> count_words(std::vector<std::string_view> words) {
  std::sort(words.begin(), words.end());
  std::vector<WordCount> counts;
  for (const auto word : words) {
    if (counts.empty() || counts.back().word != word) counts.push_back({word, 0});
    ++counts.back().count;
  }
  return counts;
}

std::size_t count_of(const std::vector<WordCount>& counts, std::string_view word) {
  const auto found = std::lower_bound(counts.begin(), counts.end(), word,
                                      [](const WordCount& c, std::string_view w) { return c.word < w; });
  return found != counts.end() && found->word == word ? found->count : 0;
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
