#include "text/split_pattern.h"

// selects PCRE2's 8-bit interface
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>

#include "llama32med/core/error.h"

namespace llama32med {
namespace {

// What an escape stands for, as the body of a character class.
struct Meaning {
  std::string_view escape, inside;
};
constexpr std::array kMeanings = {
    // Unicode's White_Space
    Meaning{R"(\s)",
            R"(\x{9}-\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})"},
    // letters and numbers added by Unicode 15 and 16: PCRE2 10.42 has Unicode 14
    Meaning{R"(\p{L})",
            R"(\p{L}\x{1c89}-\x{1c8a}\x{a7cb}-\x{a7cd}\x{a7da}-\x{a7dc}\x{105c0}-\x{105f3}\x{10d4a}-\x{10d65})"
            R"(\x{10d6f}-\x{10d85}\x{10ec2}-\x{10ec4}\x{1123f}-\x{11240}\x{11380}-\x{11389}\x{1138b}\x{1138e})"
            R"(\x{11390}-\x{113b5}\x{113b7}\x{113d1}\x{113d3}\x{11bc0}-\x{11be0}\x{11f02}\x{11f04}-\x{11f10})"
            R"(\x{11f12}-\x{11f33}\x{1342f}\x{13441}-\x{13446}\x{13460}-\x{143fa}\x{16100}-\x{1611d})"
            R"(\x{16d40}-\x{16d6c}\x{18cff}\x{1b132}\x{1b155}\x{1df25}-\x{1df2a}\x{1e030}-\x{1e06d})"
            R"(\x{1e4d0}-\x{1e4eb}\x{1e5d0}-\x{1e5ed}\x{1e5f0}\x{2b739}\x{2ebf0}-\x{2ee5d}\x{31350}-\x{323af})"},
    Meaning{R"(\p{N})",
            R"(\p{N}\x{10d40}-\x{10d49}\x{116d0}-\x{116e3}\x{11bf0}-\x{11bf9}\x{11f50}-\x{11f59}\x{16130}-\x{16139})"
            R"(\x{16d70}-\x{16d79}\x{1ccf0}-\x{1ccf9}\x{1d2c0}-\x{1d2d3}\x{1e4f0}-\x{1e4f9}\x{1e5f1}-\x{1e5fa})"},
};

std::string with_unicode_meanings(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size();) {
    const auto rest = pattern.substr(i);
    const auto meaning =
        std::ranges::find_if(kMeanings, [&](const Meaning& known) { return rest.starts_with(known.escape); });
    if (meaning != kMeanings.end()) {
      out.append(in_class ? "" : "[").append(meaning->inside).append(in_class ? "" : "]");
      i += meaning->escape.size();
    } else if (rest.starts_with("\\S") && !in_class) {
      out.append("[^").append(kMeanings[0].inside).append("]");
      i += 2;
    } else {
      const std::size_t count = rest[0] == '\\' ? std::min<std::size_t>(2, rest.size()) : 1;
      if (rest[0] == '[' || rest[0] == ']') in_class = rest[0] == '[';
      out += rest.substr(0, count);
      i += count;
    }
  }
  return out;
}

std::string message_of(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

using MatchData = std::unique_ptr<pcre2_match_data, void (*)(pcre2_match_data*)>;

// Only a tokenizer from elsewhere needs more memory: the limit ends its match with an error.
pcre2_match_context* memory_limit() {
  static constexpr std::uint32_t kMostKib = 512 << 10;
  static const std::unique_ptr<pcre2_match_context, void (*)(pcre2_match_context*)> context = [] {
    auto* made = pcre2_match_context_create(nullptr);
    pcre2_set_heap_limit(made, kMostKib);
    return std::unique_ptr<pcre2_match_context, void (*)(pcre2_match_context*)>(made, pcre2_match_context_free);
  }();
  return context.get();
}

int match(const pcre2_code* code, std::string_view text, std::size_t from, pcre2_match_data* data) {
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  const int result = pcre2_match(code, subject, text.size(), from, PCRE2_NO_UTF_CHECK, data, memory_limit());
  if (result != PCRE2_ERROR_JIT_STACKLIMIT) return result;
  return pcre2_match(code, subject, text.size(), from, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, data, memory_limit());
}

}  // namespace

SplitPattern::SplitPattern(std::string_view pattern, const std::string& where) : code_(nullptr, pcre2_code_free) {
  const auto text = with_unicode_meanings(pattern);
  int error = 0;
  PCRE2_SIZE offset = 0;
  code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), PCRE2_UTF | PCRE2_UCP, &error,
                            &offset, nullptr));
  if (!code_)
    throw data_error("{}: the split pattern cannot be compiled, error after \"{}\": {}", where, text.substr(0, offset),
                     message_of(error));
  pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE);  // without JIT support the interpreter gives the same result
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
    if (end == begin) {  // an empty match cuts nothing; continue after the next character
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
