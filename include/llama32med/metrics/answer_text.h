// Normal forms of short answers, and the removal of the answer template. Pure functions from text to text.
#pragma once
#include <string>
#include <string_view>

namespace llama32med {

// Protocol `paper`: NFKC, white space collapsed and trimmed, lower case, one final period removed (and spaces before
// it).
std::string paper_text(std::string_view answer);

// Protocol `strict-em`: trimmed and case-folded, nothing more.
std::string strict_text(std::string_view answer);

// Whether a reference is yes or no, once trimmed, case-folded and without a final period.
bool is_yes_or_no(std::string_view reference);

struct ExtractedAnswer {
  std::string text;
  bool hit = false;  // the template was found
};

// Removes the training template "The answer is: x": special tokens, then one leading "assistant:" and one leading "the
// answer is" with or without a colon, ignoring case. The rest is trimmed.
ExtractedAnswer extract_templated_answer(std::string_view text);

}  // namespace llama32med
