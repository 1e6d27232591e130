// The one door through which JSON enters: files, lines of files, answers of servers, options of the command line.
// Everything is parsed here, so that depth, size and numbers are limited and every error names its place. The fields of
// what came in are read by core/json_object.h.
#pragma once
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "llama32med/core/json_fwd.h"

namespace llama32med {

// Values are copied and written recursively: a text nested 100,000 levels deep would overflow the stack. A value takes
// several times the memory of its text.
struct JsonLimits {
  std::size_t depth = 500;
  std::size_t bytes = std::size_t{1} << 30;
};

// Comments (// and /* */) are allowed. Throws Error{kData} that begins with `where`, line and column if the text is not
// valid JSON, if a number is too large for a double, or if it exceeds a limit.
Json parse_json(std::string_view text, const std::string& where, const JsonLimits& limits = {});

// Line `number` of `file`, counted from 1. Errors begin with "file:number".
Json parse_json_line(std::string_view line, const std::string& file, std::size_t number);

// For a text that may be something other than JSON; empty if it is.
std::optional<Json> try_parse_json(std::string_view text, const JsonLimits& limits = {});

enum class RepeatedKeys {
  kRefuse,    // a key that comes twice in an object is an error
  kKeepLast,  // its last value counts, as in Python
};
SortedJson parse_sorted_json(std::string_view text, const std::string& where, RepeatedKeys repeated);

Json read_json(const std::filesystem::path& path);
void write_json(const std::filesystem::path& path, const Json& value);  // indented by two, atomic
// One line. Invalid UTF-8 is replaced by U+FFFD instead of throwing.
std::string json_line(const Json& value);
// A value as it is quoted in an error: one line of at most 200 bytes, longer ones end with "...".
std::string json_excerpt(const Json& value);
std::string json_excerpt(const SortedJson& value);

}  // namespace llama32med
