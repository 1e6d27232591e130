// Normal forms of short answers, and what stands around an answer in a model's text. Pure text to text.
#pragma once
#include <string>
#include <string_view>

namespace llama32med {

// Protocol `paper`: NFKC, white space collapsed and trimmed, lower case, one final period removed (and blanks before
// it).
std::string paper_text(std::string_view answer);

// Protocol `strict-em`: trimmed and case-folded, nothing else.
std::string strict_text(std::string_view answer);

// Whether a reference is yes or no: trimmed, case-folded, without a final period.
bool is_yes_or_no(std::string_view reference);

struct ExtractedAnswer {
  std::string text;
  bool hit = false;  // the template was there
};

// Undoes the training template "The answer is: x": special tokens are dropped, then one leading "assistant:" and one
// leading "the answer is" with or without its colon, in any case. The rest is trimmed.
ExtractedAnswer extract_templated_answer(std::string_view text);

}  // namespace llama32med
