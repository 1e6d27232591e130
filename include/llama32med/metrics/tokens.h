// Words of a caption, by the rules of the packages whose scores they make. Text is UTF-8.
//
//   white_space_tokens  str.split() of Python: Unicode white space parts words
//   word_tokens         re.findall(r"\w+") of Python over lower-cased text: letters and digits of any script, and "_"
//   tokens_13a          mteval-v13a as in sacrebleu and Hugging Face's `evaluate`: only ASCII marks are split off, a
//                       period or comma stays between digits, case is kept
//   rouge_tokens        rouge_score (Google): lower case, all but a-z and 0-9 parts words
//   ptb_tokens          Stanford's PTBTokenizer (-lowerCase) without punctuation, as in pycocoevalcap
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace llama32med {

using Tokens = std::vector<std::string>;

Tokens white_space_tokens(std::string_view text);
Tokens word_tokens(std::string_view text);
Tokens tokens_13a(std::string_view text);
Tokens rouge_tokens(std::string_view text);
Tokens ptb_tokens(std::string_view text);

// ImageCLEFmedical caption 2025: lower case, each run of digits "number", ASCII punctuation taken out.
std::string imageclef_text(std::string_view text);

}  // namespace llama32med
