// Which option a free-form answer means, by the rules of two code bases.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace llama32med {

// MedEvalKit @9b12e3b342 utils/utils.py:73-132: letter, then option text, then the most similar option, so that every
// text is assigned one. `answer` is a letter or the text of an option.
bool medevalkit_choice_correct(const std::vector<std::string>& choices, std::string_view answer,
                               std::string_view response);

// Python's difflib.SequenceMatcher(None, first, second).ratio() on code points, with its "popular characters are junk"
// rule for texts of at least 200.
double difflib_ratio(std::string_view first, std::string_view second);

// open-compass/VLMEvalKit @e8e78f05 vlmeval/utils/matching_util.py can_infer: one stand-alone letter among the last
// words, "Z" for a refusal, "answer is B", else the only option whose text is in the answer. Absent: cannot say.
using Options = std::vector<std::pair<std::string, std::string>>;  // "A" -> its text
std::optional<std::string> vlmevalkit_option(std::string_view answer, const Options& options);

}  // namespace llama32med
