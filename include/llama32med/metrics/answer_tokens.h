// Protocols `relaxed` and `token-f1`: an answer as tokens, and lenient comparisons that respect negation.
//
// Tokens: NFKC, lower case, each [a-z0-9]+(.[0-9]+)?, number words none .. ten as digits, without a, an, the.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace llama32med {

std::vector<std::string> answer_tokens(std::string_view text);

enum class SaidYesNo { kYes, kNo, kBoth, kNone };
// The first word if it is yes or no, else whichever of the two occurs as a word (if only one does).
SaidYesNo said_yes_or_no(std::string_view text);

// The same tokens in any order, or all tokens of the reference in a row within the prediction, with no negation among
// the four tokens before them. Texts without tokens must be equal (paper_text in answer_text.h). An empty prediction is
// never correct.
bool relaxed_match(std::string_view prediction, std::string_view reference);

// F1 = 2 shared / (sum of lengths); a token is shared as often as both have it. Texts without tokens: 1 if equal, as
// above.
double token_f1(std::string_view prediction, std::string_view reference);

std::string answer_token_tables_sha256();

}  // namespace llama32med
