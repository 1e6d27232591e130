// UTF-8 as code points and back; invalid bytes become U+FFFD.
#pragma once
#include <string>
#include <string_view>

namespace llama32med {

std::u32string code_points(std::string_view text);
std::string utf8(std::u32string_view points);

bool is_word_letter(char32_t point);  // a letter or digit of any script (Python's str.isalnum)

}  // namespace llama32med
