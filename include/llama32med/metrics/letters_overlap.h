// The metrics of PathVQA's script, on letters alone: everything except a-z and spaces is deleted, so digits vanish and
// hyphenated words are joined.
//
// Source: UCSD-AI4H/PathVQA @dd51804 "Evaluation script"/evaluation_script.py, utils.py.
#pragma once
#include <optional>
#include <string_view>

namespace llama32med {

// Its "exact match": distinct reference words found / words predicted. Absent if the prediction has no words: the
// script then returns a string, which breaks its average.
std::optional<double> letters_exact_match(std::string_view prediction, std::string_view reference);

// F1 with LLaVA-Med's counts (token_overlap.h). Absent in the same case.
std::optional<double> letters_f1(std::string_view prediction, std::string_view reference);

// BLEU of 1 to `order`-grams with equal weights. Zero precisions are left out, and the brevity penalty compares lengths
// in *characters* of the raw texts. Absent if the script divides by zero: fewer predicted words than `order`.
std::optional<double> letters_bleu(std::string_view prediction, std::string_view reference, int order);

}  // namespace llama32med
