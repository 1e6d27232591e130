#include "fuzz/mutation.h"

#include <array>
#include <iterator>

namespace llama32med::fuzz {
namespace {

constexpr std::array kHardWords = {"1e999",
                                   "-1e999",
                                   "-1",
                                   "0",
                                   "1e-999",
                                   "9223372036854775808",
                                   "18446744073709551616",
                                   "1099511627776",
                                   "-0.0",
                                   "NaN",
                                   "null",
                                   "true",
                                   "[]",
                                   "{}",
                                   "\"\"",
                                   "../../x",
                                   "\xFF\xFE",
                                   "\xEF\xBB\xBF",
                                   "\\ud800"};
constexpr std::size_t kDeep = 20'000;

std::size_t place(const std::string& text, RandomStream& random) { return random.below(text.size() + 1); }

std::size_t length(const std::string& text, std::size_t at, RandomStream& random) {
  return std::min<std::size_t>(text.size() - at, 1 + random.below(32));
}

void change_byte(std::string& text, const Seeds&, RandomStream& random) {
  if (!text.empty()) text[random.below(text.size())] = static_cast<char>(random.below(256));
}

void flip_bit(std::string& text, const Seeds&, RandomStream& random) {
  if (!text.empty()) text[random.below(text.size())] ^= static_cast<char>(1U << random.below(8));
}

void insert_bytes(std::string& text, const Seeds&, RandomStream& random) {
  std::string added;
  for (auto count = 1 + random.below(8); count > 0; --count) added.push_back(static_cast<char>(random.below(256)));
  text.insert(place(text, random), added);
}

void remove_bytes(std::string& text, const Seeds&, RandomStream& random) {
  const auto at = place(text, random);
  text.erase(at, length(text, at, random));
}

void cut_end(std::string& text, const Seeds&, RandomStream& random) { text.resize(place(text, random)); }

void repeat_bytes(std::string& text, const Seeds&, RandomStream& random) {
  const auto at = place(text, random);
  text.insert(at, text.substr(at, length(text, at, random)));
}

void take_from_another(std::string& text, const Seeds& inputs, RandomStream& random) {
  const auto& other = inputs[random.below(inputs.size())];
  const auto from = place(other, random);
  text.insert(place(text, random), other.substr(from, length(other, from, random)));
}

void insert_hard_word(std::string& text, const Seeds&, RandomStream& random) {
  text.insert(place(text, random), kHardWords[random.below(kHardWords.size())]);
}

// The value after a random colon or comma: a field of JSON or a cell of a table.
void replace_value(std::string& text, const Seeds&, RandomStream& random) {
  const auto mark = text.find_first_of(":,", place(text, random));
  if (mark == text.npos) return;
  const auto end = std::min(text.find_first_of(",]}\n", mark + 1), text.size());
  text.replace(mark + 1, end - mark - 1, kHardWords[random.below(kHardWords.size())]);
}

void nest(std::string& text, const Seeds&, RandomStream& random) {
  if (random.below(8) != 0) return;  // costs more than the other changes
  const auto mark = text.find_first_of(":,(", place(text, random));
  text.insert(mark == text.npos ? 0 : mark + 1, kDeep, "[{("[random.below(3)]);
}

constexpr std::array kChanges = {change_byte,  flip_bit,          insert_bytes,     remove_bytes,  cut_end,
                                 repeat_bytes, take_from_another, insert_hard_word, replace_value, nest};

}  // namespace

std::string mutated(const Seeds& inputs, RandomStream& random) {
  auto text = inputs[random.below(inputs.size())];
  for (auto count = 1 + random.below(4); count > 0; --count)
    kChanges[random.below(kChanges.size())](text, inputs, random);
  return text;
}

}  // namespace llama32med::fuzz
