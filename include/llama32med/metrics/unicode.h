// The Unicode operations behind answer normalization. All text is UTF-8; invalid bytes become U+FFFD.
//
// NFKC is sentencepiece's normalizer (rule "nfkc"), equal to Unicode 12's NFKC for every character. Case comes from
// tables equal to Python's str.lower (except the context-dependent final sigma) and str.casefold, Unicode 14. ASCII
// text takes a fast path everywhere. All functions are pure and thread-safe.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace llama32med {

std::string nfkc(std::string_view text);
std::string lower_case(std::string_view text);  // "É" -> "é", "ß" stays
std::string case_fold(std::string_view text);   // "É" -> "é", "ß" -> "ss"

// White space as in Python's str.isspace: spaces, line breaks, U+00A0, U+2003, U+3000 and so on.
std::string_view trim_white_space(std::string_view text);
std::string collapse_white_space(std::string_view text);  // each run becomes one space; trimmed
// The words separated by white space, as in Python's str.split(). Views into `text`.
std::vector<std::string_view> white_space_words(std::string_view text);

// Whether the text begins or ends with a decimal digit of any script (\d of Python's re). Valid UTF-8 only.
bool digit_at_front(std::string_view text);
bool digit_at_back(std::string_view text);

bool is_ascii(std::string_view text);
std::size_t count_characters(std::string_view text);

// SHA-256 of what the tables above do to every character they may change: the part of a score's signature that
// identifies the normalization. Takes 10 ms, once.
std::string unicode_tables_sha256();

}  // namespace llama32med
