// The answer normalization of the VQA challenge, which medical VQA inherited with its quirks.
//
// Source: GT-Vision-Lab/VQA @a013f0043c PythonEvaluationTools/vqaEvaluation/vqaEval.py:62-66,130-155 (under Python 3).
// In this order:
//   marks     each of ; / [ ] " { } ( ) = + \ _ - > < @ ` , ? ! is deleted everywhere if it touches a space anywhere in
//             the text or the text contains digit,digit anywhere; else it becomes a space
//   periods   the first 32 that are not followed by a digit are deleted
//   words     lower case; none, zero .. ten become digits; a, an, the are removed; the apostrophes of a table of 120
//             contractions are restored; joined with single spaces
// So "A/P" becomes "p", "hepatitis A" becomes "hepatitis", and one "1,000" deletes all other marks.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace llama32med {

std::string vqa_text(std::string_view answer);  // as above, nothing more

// Variants in other code bases:
std::string llava_med_text(std::string_view answer);  // microsoft/LLaVA-Med @b9a98a7 eval_metrics/glossary.py
std::string m2i2_text(std::string_view answer);  // pengfeiliHEU/M2I2 @807326d vqaTools/vqaEval.py:110-126: trims first
// aioz-ai/MICCAI21_MMQ @3c562d4 tools/compute_softscore.py:128-166: then "x ray" is "xray". jinlHe/PeFoMed @5242449
// pefomed/common/medvqa_tools/vqa_eval.py:91-131 gives the same text.
std::string mmq_text(std::string_view answer);

// open-compass/VLMEvalKit @e8e78f05 vlmeval/dataset/utils/yorn.py:254-261: "Yes", "No" or "Unknown", by the words left
// after removing marks. Its period rule (vlmeval/smp/misc.py:18-34) has no typo: a digit on either side keeps a period.
std::string vlmevalkit_yes_no(std::string_view answer);

// The VQA challenge's accuracy of one answer (vqaEval.py:79-108): the mean over references of min(1, matches among the
// other references / 3). With one reference it is always 0. If all references agree, texts are only trimmed.
double vqa_accuracy(std::span<const std::string> references, std::string_view answer);

std::string vqa_tables_sha256();  // hash of marks, words and contractions

}  // namespace llama32med
