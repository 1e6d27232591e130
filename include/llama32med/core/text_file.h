// Text files of other programs, as UTF-8: one function for everything that reads CSV, JSON or JSON Lines.
//
// UTF-16 and UTF-32 with a byte-order mark (Excel's "Unicode text") are converted; a byte-order mark is dropped.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace llama32med {

enum class InvalidUtf8 {
  kRefuse,
  kReplace,      // each invalid part becomes U+FFFD
  kWindows1252,  // converted if is_windows_1252(), else refused
};

// Excel on Windows saves "CSV" in this encoding. True if no part of the text beyond ASCII is UTF-8; text that is UTF-8
// for the most part is damaged.
bool is_windows_1252(std::string_view bytes);

// Throws Error{kData} that names the file if it cannot be read, what it is if it is not text (core/file_kind.h), and
// the line of the first bytes that are not UTF-8.
std::string read_text(const std::filesystem::path& file, InvalidUtf8 invalid = InvalidUtf8::kRefuse);

// The same for bytes in memory; `where` is used in errors.
std::string text_of_bytes(std::string bytes, const std::string& where, InvalidUtf8 invalid = InvalidUtf8::kRefuse);

// '\n', or '\r' if the first line ends in a carriage return alone, as in files of old Macintosh programs. Line ends
// between double quotes do not count.
char line_end_of(std::string_view text);

}  // namespace llama32med
