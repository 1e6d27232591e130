#include "vectors/multiple_choice.h"

#include <algorithm>

#include "llama32med/metrics/medevalkit.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/metrics/words.h"

namespace llama32med {
namespace {

bool is_letter_of(std::string_view text, std::size_t choices) {
  return text.size() == 1 && text[0] >= 'a' && text[0] < static_cast<char>('a' + choices);
}

std::size_t index_of_letter(std::string_view letter) { return static_cast<std::size_t>(letter[0] - 'a'); }

// The first paragraph, or the last one up to its period, if it is a letter; else the text.
std::string_view lone_letter(std::string_view text, std::size_t choices) {
  const auto first = text.substr(0, text.find("\n\n"));
  if (is_letter_of(first, choices)) return first;
  auto last = after_last(text, "\n\n");
  last = last.substr(0, last.find('.'));
  return is_letter_of(last, choices) ? last : text;
}

std::size_t most_similar(const std::vector<std::string>& choices, std::string_view text) {
  std::size_t best = 0;
  double highest = 0;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const double similarity = difflib_ratio(choices[i], text);
    if (similarity > highest) best = i, highest = similarity;
  }
  return best;
}

constexpr std::string_view kRefusals[] = {"Sorry, I can't help with images of people yet.",
                                          "I can't process this file.", "I'm sorry, but without the image provided",
                                          "Cannot determine the answer"};

// (correct )?answer is *B*, ignoring case: the first such letter of A to D that is an option.
std::optional<std::string> stated_option(std::string_view answer, const Options& options) {
  static constexpr std::string_view kAnswer = "answer", kIs = "is";
  const std::string lower = lower_case(answer);
  // The position after the word and white space; absent if they do not match.
  const auto behind = [](std::string_view text, std::string_view word) -> std::optional<std::string_view> {
    if (!text.starts_with(word)) return std::nullopt;
    text.remove_prefix(word.size());
    const auto words = white_space_words(text);
    if (words.empty() || words[0].data() == text.data()) return std::nullopt;
    return text.substr(static_cast<std::size_t>(words[0].data() - text.data()));
  };
  for (auto at = lower.find(kAnswer); at != lower.npos; at = lower.find(kAnswer, at + 1)) {
    const auto is = behind(std::string_view(lower).substr(at), kAnswer);
    const auto rest = is ? behind(*is, kIs) : std::nullopt;
    if (!rest) continue;
    auto letter = *rest;
    letter.remove_prefix(std::min(letter.find_first_not_of('*'), letter.size()));
    if (letter.empty() || letter[0] < 'a' || letter[0] > 'd') continue;
    const std::string option(1, static_cast<char>(letter[0] - 'a' + 'A'));
    const auto is_it = [&](const auto& entry) { return entry.first == option; };
    return std::any_of(options.begin(), options.end(), is_it) ? std::optional(option) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> lettered_option(std::string_view answer, const Options& options) {
  static constexpr std::string_view kMarks = ".()[],:;!*#{}";
  static constexpr std::size_t kLastWords = 5;
  if (answer.find("Failed to obtain answer via API") != answer.npos) return std::nullopt;
  for (const auto refusal : kRefusals)
    if (answer.find(refusal) != answer.npos) return "Z";
  std::string text(answer);
  for (char& c : text)
    if (kMarks.find(c) != kMarks.npos) c = ' ';
  const auto words = white_space_words(text);
  const auto place = [&](std::string_view word) { return std::find(words.begin(), words.end(), word); };
  const auto occurs = [&](const auto& entry) { return place(entry.first) != words.end(); };
  const auto count = std::count_if(options.begin(), options.end(), occurs);
  if (count == 1) {
    const auto& letter = std::find_if(options.begin(), options.end(), occurs)->first;
    if (static_cast<std::size_t>(place(letter) - words.begin()) + kLastWords > words.size()) return letter;
  } else if (count == 0 && place("Z") != words.end()) {
    return "Z";
  }
  return stated_option(answer, options);
}

std::optional<std::string> worded_option(std::string_view answer, const Options& options) {
  const std::string lower = lower_case(answer);
  std::size_t length = 0;
  for (const auto& [letter, text] : options) length += count_characters(text);
  if (count_characters(lower) > 2 * length) return std::nullopt;
  std::optional<std::string> only;
  for (const auto& [letter, text] : options) {
    if (lower.find(lower_case(text)) == lower.npos) continue;
    if (only) return std::nullopt;
    only = letter;
  }
  return only;
}

}  // namespace

bool medevalkit_choice_correct(const std::vector<std::string>& choices, std::string_view answer,
                               std::string_view response) {
  std::vector<std::string> lower;
  for (const auto& choice : choices) lower.push_back(lower_case(choice));
  const std::string text = lower_case(response), wanted = lower_case(answer);
  const auto expected = trim_white_space(wanted);
  std::string given = lower_case(trim_white_space(medevalkit_extract(lone_letter(text, choices.size()))));
  std::erase(given, '\n');
  auto head = std::string_view(given).substr(0, given.find('.'));
  head.remove_prefix(head.rfind(':') + 1);
  if (head == expected) return true;
  if (is_letter_of(head, choices.size())) return lower[index_of_letter(head)] == expected;
  if (std::find(lower.begin(), lower.end(), head) != lower.end())
    return is_letter_of(expected, choices.size()) && head == lower[index_of_letter(expected)];
  if (lower.empty()) return false;
  const auto index = most_similar(lower, given);
  return (expected.size() == 1 && expected[0] == static_cast<char>('a' + index)) || lower[index] == expected;
}

std::optional<std::string> vlmevalkit_option(std::string_view answer, const Options& options) {
  const auto letter = lettered_option(answer, options);
  return letter ? letter : worded_option(answer, options);
}

}  // namespace llama32med
