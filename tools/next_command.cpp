#include "next_command.h"

#include <algorithm>

#include "llama32med/core/strings.h"

namespace llama32med {

std::string command_text(const std::vector<std::string>& words) {
  std::vector<std::string> quoted;
  for (const auto& word : words) quoted.push_back(shell_word(word));
  return join(quoted, " ");
}

std::vector<std::string> without_options(const std::vector<std::string>& words,
                                         std::initializer_list<std::string_view> options,
                                         std::initializer_list<std::string_view> flags) {
  const auto is_one_of = [](std::string_view word, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), word) != names.end();
  };
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto name = std::string_view(words[i]).substr(0, words[i].find('='));
    if (is_one_of(words[i], options))
      ++i;  // its value
    else if (!is_one_of(name, options) && !is_one_of(words[i], flags))
      kept.push_back(words[i]);
  }
  return kept;
}

}  // namespace llama32med
