// General text helpers. All text is UTF-8.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace llama32med {

std::string_view trim(std::string_view text);                      // removes ASCII white space at both ends
std::string ascii_lower(std::string_view text);                    // A-Z only
std::string ascii_upper(std::string_view text);                    // a-z only
std::vector<std::string> split(std::string_view text, char mark);  // "a,,b" -> {"a", "", "b"}; "" -> {""}
std::string join(const std::vector<std::string>& parts, std::string_view mark);
std::string replaced(std::string text, std::string_view mark, std::string_view by);  // each occurrence of `mark`

// Appends a code point of Unicode, at most U+10FFFF, as UTF-8.
void append_utf8(std::string& out, std::uint32_t code);

// A word as a POSIX shell takes it: in single quotes, 'it'\''s'; shell_word only quotes where a character needs it.
std::string shell_quoted(std::string_view text);
std::string shell_word(std::string_view text);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);

bool is_valid_utf8(std::string_view bytes);
// Each maximal invalid part becomes U+FFFD (Unicode 15, section 3.9), as with Python's errors="replace".
std::string replace_invalid_utf8(std::string_view bytes);

// For terminals: control characters other than line breaks and tabs as \u001b, so that text from data files or models
// cannot move the cursor, recolor the screen or write to the clipboard. JSON stays the same JSON.
std::string printable(std::string_view text);

// The known name nearest to a mistyped one (edit distance at most 2, or a third of its length), or "".
std::string nearest_name(std::string_view typed, const std::vector<std::string>& known);
// ` (did you mean "x"?)` or "": goes after an unknown name in an error.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& known);

}  // namespace llama32med
