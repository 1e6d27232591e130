// Confusions between yes and no, kinds of answers, left and right, a finding and its absence.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "llama32med/core/json_fwd.h"
#include "llama32med/scoring/item.h"

namespace llama32med {

// Which of the words yes and no a text contains, as whole words and ignoring case: "Not known" contains neither.
enum class YesNoWords { kYes, kNo, kBoth, kNone };
std::string_view yes_no_words_name(YesNoWords parsed);  // yes, no, both, none
YesNoWords yes_no_words(std::string_view text);

// The first match of:  yes_no: the first word is yes or no, and the text does not have both.  number: the first word is
// digits or zero .. twenty.  modality: a word for an imaging modality or sequence (CT, MRI, X-ray, T1, ultrasound,
// ...).  laterality: left, right, bilateral, unilateral, both.  other: anything else, including an empty answer.
enum class AnswerClass { kYesNo, kNumber, kModality, kLaterality, kOther };
inline constexpr std::size_t kAnswerClasses = 5;
std::string_view answer_class_name(AnswerClass kind);
AnswerClass answer_class(std::string_view text);

struct Flips {
  std::int64_t count = 0, of = 0;
  std::vector<std::string> items;  // item ids, sorted
};

struct ConfusedPair {
  std::string reference, prediction;  // in the normal form of the protocol `paper`
  std::int64_t count = 0;
};

struct Confusion {
  std::array<std::array<std::int64_t, 4>, 2> yes_no{};  // [reference yes, no][prediction yes, no, both, none]
  std::array<std::array<std::int64_t, kAnswerClasses>, kAnswerClasses> classes{};  // [reference][prediction]
  // Answers that are not fully correct: at most 20 pairs, most frequent first, then by text.
  std::vector<ConfusedPair> top;
  // The reference names one side, the answer only the other; `of` counts references that name one side.
  Flips laterality;
  // Reference yes or no: the answer has only the other word. Else: apart from negation words (no, not, without, absent,
  // ...) both have the same words, and exactly one of them has a negation. `of` counts items with an answer.
  Flips negation;
};

Confusion confusion_of(const std::vector<ScoredItem>& items);

Json confusion_json(const Confusion& confusion);  // {"yes_no", "answer_types", "top_confusions", "flips"}
std::string confusion_markdown(const Confusion& confusion);

}  // namespace llama32med
