// The Unicode operations that answer normalizers are made of. All text is UTF-8; invalid bytes become U+FFFD.
//
// NFKC is sentencepiece's normalizer (rule "nfkc"); it equals Unicode 12's NFKC for every character. Case comes from a
// table that equals Python's str.lower (but for the final sigma, which Python picks by its neighbors) and
// str.casefold, Unicode 14. ASCII text takes a short way everywhere. All functions are pure and may run in any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace llama32med {

std::string nfkc(std::string_view text);
std::string lower_case(std::string_view text);  // "É" -> "é", "ß" stays
std::string case_fold(std::string_view text);   // "É" -> "é", "ß" -> "ss"

// White space is what Python's str.isspace says: blanks, line ends, U+00A0, U+2003, U+3000 and their like.
std::string_view trim_white_space(std::string_view text);
std::string collapse_white_space(std::string_view text);  // each run becomes one blank, none at the ends
// The words between white space: Python's str.split(). Views into `text`.
std::vector<std::string_view> white_space_words(std::string_view text);

// Whether a decimal digit of any script stands at the front or the back: \d of Python's re. Valid UTF-8.
bool digit_at_front(std::string_view text);
bool digit_at_back(std::string_view text);

bool is_ascii(std::string_view text);
std::size_t count_characters(std::string_view text);

// SHA-256 over what the tables above do to every character they may change: the part of a score's signature that says
// which normalization made it. Takes 10 ms, once.
std::string unicode_tables_sha256();

}  // namespace llama32med
