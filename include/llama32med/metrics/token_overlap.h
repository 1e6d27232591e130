// Words that a prediction shares with a reference, counted as in LLaVA-Med.
//
// Source: microsoft/LLaVA-Med @b9a98a7 llava/eval/eval_metrics/evaluate_metrics.py:39-148 with utils.py split_sentence.
// ubc-tea/MedVLMBench @b589983 eval/metrics.py uses the same functions. Each takes raw text and normalizes it
// (vqa_normalizer.h, llava_med_text).
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "llama32med/metrics/overlap.h"

namespace llama32med {

Overlap llava_med_overlap(std::string_view prediction, std::string_view reference);

// Its "exact match" is found_share.
double llava_med_exact_match(std::string_view prediction, std::string_view reference);

// Its "open accuracy": the answer is the candidate with the highest share of its words found, the first on a tie.
// Throws std::invalid_argument without candidates.
double llava_med_candidate_accuracy(std::string_view prediction, std::string_view reference,
                                    std::span<const std::string> candidates);

}  // namespace llama32med
