// Protocols `relaxed` and `token-f1`: an answer as tokens, and lenient comparisons that see negation.
//
// Tokens: NFKC, lower case, each [a-z0-9]+(.[0-9]+)?, number words none .. ten as digits, without a, an, the.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace llama32med {

std::vector<std::string> answer_tokens(std::string_view text);

enum class SaidYesNo { kYes, kNo, kBoth, kNone };
// The first word if it is yes or no, else the only one of the two that occurs as a word.
SaidYesNo said_yes_or_no(std::string_view text);

// Same tokens in any order, or the reference's tokens in one run of the prediction's with no negation among the four
// tokens before it. Texts without tokens must be equal (answer_text.h, paper_text). Empty is never right.
bool relaxed_match(std::string_view prediction, std::string_view reference);

// 2 shared / (both lengths), a token shared as often as both have it. Texts without tokens: 1 if equal, as above.
double token_f1(std::string_view prediction, std::string_view reference);

std::string answer_token_tables_sha256();

}  // namespace llama32med
