#include "text/split_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>

#include "llama32med/core/error.h"

namespace llama32med {

const std::string_view kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

namespace {

// Unicode's White_Space, as the inside of a class.
constexpr std::string_view kWhiteSpace =
    R"(\x{9}-\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";

std::string with_unicode_space(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size()) {
      const char escaped = pattern[++i];
      if (escaped == 's' && in_class) {
        out += kWhiteSpace;
      } else if (escaped == 's' || (escaped == 'S' && !in_class)) {
        out.append(escaped == 's' ? "[" : "[^").append(kWhiteSpace).append("]");
      } else {
        out += {c, escaped};
      }
      continue;
    }
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    out += c;
  }
  return out;
}

std::string message_of(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

using MatchData = std::unique_ptr<pcre2_match_data, void (*)(pcre2_match_data*)>;

int match(const pcre2_code* code, std::string_view text, std::size_t from, pcre2_match_data* data) {
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  const int result = pcre2_match(code, subject, text.size(), from, PCRE2_NO_UTF_CHECK, data, nullptr);
  if (result != PCRE2_ERROR_JIT_STACKLIMIT) return result;
  return pcre2_match(code, subject, text.size(), from, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, data, nullptr);
}

}  // namespace

SplitPattern::SplitPattern(std::string_view pattern, const std::string& where) : code_(nullptr, pcre2_code_free) {
  const auto text = with_unicode_space(pattern);
  int error = 0;
  PCRE2_SIZE offset = 0;
  code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), PCRE2_UTF | PCRE2_UCP, &error,
                            &offset, nullptr));
  if (!code_)
    throw data_error("{}: the split pattern is not understood behind \"{}\": {}", where, text.substr(0, offset),
                     message_of(error));
  pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE);  // where the machine has no JIT the interpreter does the same
}

std::vector<std::string_view> SplitPattern::split(std::string_view text) const {
  std::vector<std::string_view> pieces;
  const MatchData data(pcre2_match_data_create_from_pattern(code_.get(), nullptr), pcre2_match_data_free);
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(data.get());
  std::size_t done = 0;  // pieces reach to here
  for (std::size_t from = 0; from < text.size();) {
    const int found = match(code_.get(), text, from, data.get());
    if (found == PCRE2_ERROR_NOMATCH) break;
    if (found < 0) throw data_error("the split pattern of the tokenizer failed on a text: {}", message_of(found));
    const std::size_t begin = bounds[0], end = bounds[1];
    if (end == begin) {  // an empty match cuts nothing; go on behind the next character
      for (from = end + 1; from < text.size() && (text[from] & 0xC0) == 0x80;) ++from;
      continue;
    }
    if (begin > done) pieces.push_back(text.substr(done, begin - done));
    pieces.push_back(text.substr(begin, end - begin));
    done = from = end;
  }
  if (done < text.size()) pieces.push_back(text.substr(done));
  return pieces;
}

}  // namespace llama32med
