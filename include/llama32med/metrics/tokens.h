// Words of a caption, split by the rules of each scoring package. Text is UTF-8.
//
//   white_space_tokens  Python's str.split(): words separated by Unicode white space
//   word_tokens         Python's re.findall(r"\w+") on lower-cased text: letters and digits of any script, and "_"
//   tokens_13a          mteval-v13a as in sacrebleu and Hugging Face's `evaluate`: only ASCII punctuation is split off,
//                       a period or comma between digits stays, case is kept
//   rouge_tokens        rouge_score (Google): lower case, words separated by anything except a-z and 0-9
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

// ImageCLEFmedical caption 2025: lower case, each run of digits becomes "number", ASCII punctuation removed.
std::string imageclef_text(std::string_view text);

}  // namespace llama32med
