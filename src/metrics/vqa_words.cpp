// The words that the VQA normalizer replaces (vqa_normalizer.h), from GT-Vision-Lab/VQA @a013f0043c
// PythonEvaluationTools/vqaEvaluation/vqaEval.py; M2I2, MMQ, PeFoMed, LLaVA-Med and MedVLMBench have the same table.
#include "metrics/vqa_words.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace llama32med {
namespace {

// Sorted. Of the original's 120 entries, four begin with a capital and never match lower-case words, and two map to
// themselves. "somebody'd" loses its apostrophe there.
// clang-format off
constexpr WordReplacement kContractions[] = {
    {"'ow'sat", "'ow's'at"}, {"'ows'at", "'ow's'at"}, {"aint", "ain't"}, {"arent", "aren't"}, {"cant", "can't"},
    {"couldn'tve", "couldn't've"}, {"couldnt", "couldn't"}, {"couldnt've", "couldn't've"}, {"couldve", "could've"},
    {"didnt", "didn't"}, {"doesnt", "doesn't"}, {"dont", "don't"}, {"hadn'tve", "hadn't've"}, {"hadnt", "hadn't"},
    {"hadnt've", "hadn't've"}, {"hasnt", "hasn't"}, {"havent", "haven't"}, {"he'dve", "he'd've"}, {"hed", "he'd"},
    {"hed've", "he'd've"}, {"hes", "he's"}, {"howd", "how'd"}, {"howll", "how'll"}, {"hows", "how's"},
    {"isnt", "isn't"}, {"it'dve", "it'd've"}, {"itd", "it'd"}, {"itd've", "it'd've"}, {"itll", "it'll"},
    {"maam", "ma'am"}, {"mightn'tve", "mightn't've"}, {"mightnt", "mightn't"}, {"mightnt've", "mightn't've"},
    {"mightve", "might've"}, {"mustnt", "mustn't"}, {"mustve", "must've"}, {"neednt", "needn't"}, {"notve", "not've"},
    {"oclock", "o'clock"}, {"oughtnt", "oughtn't"}, {"ow's'at", "'ow's'at"}, {"shant", "shan't"},
    {"she'dve", "she'd've"}, {"shed've", "she'd've"}, {"shouldn'tve", "shouldn't've"}, {"shouldnt", "shouldn't"},
    {"shouldnt've", "shouldn't've"}, {"shouldve", "should've"}, {"somebody'd", "somebodyd"},
    {"somebody'dve", "somebody'd've"}, {"somebodyd've", "somebody'd've"}, {"somebodyll", "somebody'll"},
    {"somebodys", "somebody's"}, {"someone'dve", "someone'd've"}, {"someoned", "someone'd"},
    {"someoned've", "someone'd've"}, {"someonell", "someone'll"}, {"someones", "someone's"},
    {"something'dve", "something'd've"}, {"somethingd", "something'd"}, {"somethingd've", "something'd've"},
    {"somethingll", "something'll"}, {"thats", "that's"}, {"there'dve", "there'd've"}, {"thered", "there'd"},
    {"thered've", "there'd've"}, {"therere", "there're"}, {"theres", "there's"}, {"they'dve", "they'd've"},
    {"theyd", "they'd"}, {"theyd've", "they'd've"}, {"theyll", "they'll"}, {"theyre", "they're"},
    {"theyve", "they've"}, {"twas", "'twas"}, {"wasnt", "wasn't"}, {"we'dve", "we'd've"}, {"wed've", "we'd've"},
    {"werent", "weren't"}, {"weve", "we've"}, {"whatll", "what'll"}, {"whatre", "what're"}, {"whats", "what's"},
    {"whatve", "what've"}, {"whens", "when's"}, {"whered", "where'd"}, {"wheres", "where's"}, {"whereve", "where've"},
    {"who'dve", "who'd've"}, {"whod", "who'd"}, {"whod've", "who'd've"}, {"wholl", "who'll"}, {"whos", "who's"},
    {"whove", "who've"}, {"whyll", "why'll"}, {"whyre", "why're"}, {"whys", "why's"}, {"wont", "won't"},
    {"wouldn'tve", "wouldn't've"}, {"wouldnt", "wouldn't"}, {"wouldnt've", "wouldn't've"}, {"wouldve", "would've"},
    {"y'all'dve", "y'all'd've"}, {"y'alld've", "y'all'd've"}, {"y'allll", "y'all'll"}, {"yall", "y'all"},
    {"yall'd've", "y'all'd've"}, {"yall'll", "y'all'll"}, {"you'dve", "you'd've"}, {"youd", "you'd"},
    {"youd've", "you'd've"}, {"youll", "you'll"}, {"youre", "you're"}, {"youve", "you've"},
};
// clang-format on

constexpr WordReplacement kNumbers[] = {
    {"none", "0"}, {"zero", "0"}, {"one", "1"},   {"two", "2"},   {"three", "3"}, {"four", "4"},
    {"five", "5"}, {"six", "6"},  {"seven", "7"}, {"eight", "8"}, {"nine", "9"},  {"ten", "10"},
};

// The lengths of a table's words by first character: most words of an answer then need no lookup.
class LengthsByFirst {
 public:
  constexpr explicit LengthsByFirst(std::span<const WordReplacement> table) {
    for (const auto& [from, to] : table) lengths_[static_cast<unsigned char>(from[0])] |= 1u << from.size();
  }
  constexpr bool operator()(std::string_view word) const {
    return !word.empty() && word.size() < 32 && (lengths_[static_cast<unsigned char>(word[0])] >> word.size() & 1u);
  }

 private:
  std::array<std::uint32_t, 256> lengths_{};
};

constexpr LengthsByFirst kMayBeNumber(kNumbers), kMayBeContraction(kContractions);

}  // namespace

std::span<const WordReplacement> vqa_contractions() { return kContractions; }
std::span<const WordReplacement> number_words() { return kNumbers; }

bool is_article(std::string_view word) { return word == "a" || word == "an" || word == "the"; }

std::string_view replaced_number_word(std::string_view word) {
  if (!kMayBeNumber(word)) return word;
  for (const auto& [from, to] : kNumbers)
    if (from == word) return to;
  return word;
}

std::string_view replaced_contraction(std::string_view word) {
  if (!kMayBeContraction(word)) return word;
  const auto found = std::lower_bound(std::begin(kContractions), std::end(kContractions), word,
                                      [](const WordReplacement& r, std::string_view w) { return r.from < w; });
  return found != std::end(kContractions) && found->from == word ? found->to : word;
}

}  // namespace llama32med
