// How MedEvalKit judges an answer, quirks and all, and the port of it in lmms-eval.
//
// Source: alibaba-damo-academy/MedEvalKit @9b12e3b342 utils/utils.py:135-256, utils/VQA_RAD/VQA_RAD.py:78-116,
// utils/SLAKE/SLAKE.py:100-147, utils/PATH_VQA/PATH_VQA.py (as VQA_RAD); \boxed{} by mathruler.grader.
// EvolvingLMMs-Lab/lmms-eval @83cd8ec lmms_eval/tasks/medevalkit/{eval_utils,vqa_rad/utils,slake/utils}.py.
#pragma once
#include <string>
#include <string_view>

namespace llama32med {

enum class MedEvalKitRules {
  kYesNo,      // VQA-RAD, PathVQA: trimmed; closed if the reference is yes or no; a lenient yes/no judge
  kAnnotated,  // SLAKE: closed by annotation; "Yes" is not its "yes", so closed is strict equality without periods
};

struct MedEvalKitAnswer {
  bool correct = false;
  // Columns as reported: its F1, precision and recall are unpacked as precision, recall and F1.
  double reported_precision = 0, reported_recall = 0, reported_f1 = 0;  // of open answers
  std::string compared;                                                 // what is left of the prediction
  std::string_view raises{};  // the Python exception's name where the code stops
};

MedEvalKitAnswer medevalkit_closed(std::string_view prediction, std::string_view reference, MedEvalKitRules rules);
MedEvalKitAnswer medevalkit_open(std::string_view prediction, std::string_view reference, MedEvalKitRules rules);

// Only what follows "answer is", "answer:" and the like, or \boxed{} or <answer>; lower case. It leaves ": x" of "The
// answer is: x".
std::string medevalkit_extract(std::string_view response);

// The port: takes the colon off, trims, and so has no such trap.
std::string lmms_medevalkit_extract(std::string_view response);
bool lmms_medevalkit_open(std::string_view prediction, std::string_view reference);
bool lmms_medevalkit_closed(std::string_view prediction, std::string_view reference);

std::string medevalkit_tables_sha256();  // of the phrases an answer follows

}  // namespace llama32med
