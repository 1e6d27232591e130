// The pattern that cuts text into the pieces within which BPE merges. Uses PCRE2, compiled to machine code if possible.
//
// Patterns come from tokenizers made with other regex engines, where \s is Unicode's White_Space. PCRE2 would add
// U+180E, so \s and \S are spelled out. Letters and numbers are those of PCRE2's Unicode version.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct pcre2_real_code_8;

namespace llama32med {

class SplitPattern {
 public:
  // Throws Error{kData} with `where` and the position in the pattern at which PCRE2 fails.
  SplitPattern(std::string_view pattern, const std::string& where);

  // Matches and the text between them, in order; together they are the whole text, which must be valid UTF-8.
  std::vector<std::string_view> split(std::string_view text) const;

 private:
  std::unique_ptr<pcre2_real_code_8, void (*)(pcre2_real_code_8*)> code_;
};

// The pattern that belongs to the Llama 3 rank file (the file does not contain it).
inline constexpr std::string_view kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";

}  // namespace llama32med
