// MedEvalKit's string scores with all their quirks, and their port in lmms-eval.
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
  double reported_precision = 0, reported_recall = 0, reported_f1 = 0;  // for open answers
  std::string compared;                                                 // the part of the prediction that is compared
  std::string_view raises{};  // name of the Python exception if the code raises one
};

MedEvalKitAnswer medevalkit_closed(std::string_view prediction, std::string_view reference, MedEvalKitRules rules);
MedEvalKitAnswer medevalkit_open(std::string_view prediction, std::string_view reference, MedEvalKitRules rules);

// The part after "answer is", "answer:" and similar phrases, or in \boxed{} or <answer>; lower case. "The answer is: x"
// leaves ": x".
std::string medevalkit_extract(std::string_view response);

// The port removes the colon and trims, so it does not have that flaw.
std::string lmms_medevalkit_extract(std::string_view response);
bool lmms_medevalkit_open(std::string_view prediction, std::string_view reference);
bool lmms_medevalkit_closed(std::string_view prediction, std::string_view reference);

std::string medevalkit_tables_sha256();  // hash of the phrases before an answer

}  // namespace llama32med
