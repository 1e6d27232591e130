// The normal form of answers that the VQA challenge introduced and medical VQA inherited, with its quirks.
//
// Source: GT-Vision-Lab/VQA @a013f0043c PythonEvaluationTools/vqaEvaluation/vqaEval.py:62-66,130-155 (under Python 3).
// In this order:
//   marks     each of ; / [ ] " { } ( ) = + \ _ - > < @ ` , ? ! is deleted everywhere if it touches a blank anywhere in
//             the text or the text holds digit,digit anywhere; else it becomes a blank
//   periods   of the first 32 that no digit follows, each is deleted
//   words     lower case; none, zero .. ten become digits; a, an, the go; a table of 120 contractions gets its
//             apostrophes back; joined with one blank
// So "A/P" is "p", "hepatitis A" is "hepatitis", and one "1,000" makes all other marks vanish.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace llama32med {

std::string vqa_text(std::string_view answer);  // as above, nothing else

// As code bases use it:
std::string llava_med_text(std::string_view answer);  // microsoft/LLaVA-Med @b9a98a7 eval_metrics/glossary.py
std::string m2i2_text(std::string_view answer);  // pengfeiliHEU/M2I2 @807326d vqaTools/vqaEval.py:110-126: trims first
// aioz-ai/MICCAI21_MMQ @3c562d4 tools/compute_softscore.py:128-166: then "x ray" is "xray". jinlHe/PeFoMed @5242449
// pefomed/common/medvqa_tools/vqa_eval.py:91-131 gives the same text.
std::string mmq_text(std::string_view answer);

// open-compass/VLMEvalKit @e8e78f05 vlmeval/dataset/utils/yorn.py:254-261: "Yes", "No" or "Unknown", by the words that
// are left without marks. Its period rule (vlmeval/smp/misc.py:18-34) has no typo: a digit on either side keeps one.
std::string vlmevalkit_yes_no(std::string_view answer);

// The VQA challenge's accuracy of one answer (vqaEval.py:79-108): the mean over the references of min(1, matches among
// the others / 3). One reference: always 0. References that all agree are compared as they are, only trimmed.
double vqa_accuracy(std::span<const std::string> references, std::string_view answer);

std::string vqa_tables_sha256();  // of marks, words and contractions

}  // namespace llama32med
