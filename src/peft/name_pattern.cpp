#include "peft/name_pattern.h"

// selects PCRE2's 8-bit interface
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>

#include "llama32med/core/error.h"
#include "peft/python_regex.h"

namespace llama32med {
namespace {

// A name has up to 100 characters; expressions in use have up to 1,000 and take up to some 10,000 steps on a name.
constexpr std::size_t kLongestPattern = 10'000;
constexpr std::uint32_t kMostGroupsInside = 250;  // groups within groups
constexpr std::uint32_t kMostSteps = 1'000'000, kDeepest = 10'000, kMostMemoryKib = 20'000;

struct Wrapping {
  PatternUse use;
  const char* before;
  const char* after;
  std::uint32_t options;
};
constexpr std::array kWrappings = {
    Wrapping{PatternUse::kWholeName, "", "", PCRE2_ANCHORED | PCRE2_ENDANCHORED},
    Wrapping{PatternUse::kNameEnding, "(.*\\.)?(", ")$", PCRE2_ANCHORED},
    Wrapping{PatternUse::kLayerList, ".*\\.", "\\.(\\d+)\\.", PCRE2_ANCHORED},
};

template <auto Free>
struct Freed {
  template <class Held>
  void operator()(Held* held) const {
    Free(held);
  }
};
using CompileContext = std::unique_ptr<pcre2_compile_context, Freed<pcre2_compile_context_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Freed<pcre2_match_context_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Freed<pcre2_match_data_free>>;

std::string message_of(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

std::string excerpt(const std::string& pattern) {
  static constexpr std::size_t kLongest = 100;
  return pattern.size() <= kLongest ? pattern : replace_invalid_utf8(pattern.substr(0, kLongest)) + "...";
}

[[noreturn]] void refuse(const PatternOrigin& origin, const std::string& pattern, const std::string& why) {
  const auto where = origin.file.empty() ? origin.setting : origin.file + ": " + origin.setting;
  throw Error(origin.file.empty() ? ErrorKind::kUsage : ErrorKind::kData,
              fmt::format("{}: the regular expression \"{}\" {}", where, excerpt(pattern), why));
}

const MatchContext& limits() {
  static const auto context = [] {
    MatchContext made(pcre2_match_context_create(nullptr));
    pcre2_set_match_limit(made.get(), kMostSteps);
    pcre2_set_depth_limit(made.get(), kDeepest);
    pcre2_set_heap_limit(made.get(), kMostMemoryKib);
    return made;
  }();
  return context;
}

std::shared_ptr<pcre2_code> compile(const std::string& expression, std::uint32_t options, std::string& problem) {
  const CompileContext context(pcre2_compile_context_create(nullptr));
  pcre2_set_parens_nest_limit(context.get(), kMostGroupsInside);
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);  // as in Python: "." is anything but \n
  int error = 0;
  PCRE2_SIZE offset = 0;
  const auto* text = reinterpret_cast<PCRE2_SPTR>(expression.data());
  auto* code = pcre2_compile(text, expression.size(), options | PCRE2_UTF, &error, &offset, context.get());
  if (!code) problem = message_of(error);
  return {code, pcre2_code_free};
}

}  // namespace

struct NamePattern::Match {
  MatchData data;
  int groups = 0;  // 0: the name does not match
};

NamePattern::NamePattern(const std::string& pattern, PatternUse use, const PatternOrigin& origin)
    : pattern_(pattern), origin_(origin) {
  if (pattern.size() > kLongestPattern)
    refuse(origin, pattern, fmt::format("has {} characters; at most {} are allowed", pattern.size(), kLongestPattern));
  const auto& [_, before, after, options] = *std::ranges::find(kWrappings, use, &Wrapping::use);
  std::string problem;
  try {
    code_ = compile(pcre2_syntax(before + pattern + after), options, problem);
  } catch (const PythonRegexError& error) {
    refuse(origin, pattern, error.what());
  }
  if (!code_) refuse(origin, pattern, "is not valid (" + problem + "); to give names, use a list");
}

NamePattern::Match NamePattern::match(const std::string& name) const {
  MatchData data(pcre2_match_data_create_from_pattern(code_.get(), nullptr));
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(name.data());
  const int found = pcre2_match(code_.get(), subject, name.size(), 0, 0, data.get(), limits().get());
  if (found == PCRE2_ERROR_NOMATCH) return {};
  if (found >= 0) return {std::move(data), found};
  const bool limited =
      found == PCRE2_ERROR_MATCHLIMIT || found == PCRE2_ERROR_DEPTHLIMIT || found == PCRE2_ERROR_HEAPLIMIT;
  refuse(origin_, pattern_,
         fmt::format("{} on the name \"{}\"", limited ? "takes too many steps" : "fails (" + message_of(found) + ")",
                     name));
}

bool NamePattern::matches(const std::string& name) const { return match(name).groups > 0; }

std::optional<std::string> NamePattern::first_group(const std::string& name) const {
  const auto match = this->match(name);
  if (match.groups < 2) return std::nullopt;
  const auto* bounds = pcre2_get_ovector_pointer(match.data.get());
  if (bounds[2] == PCRE2_UNSET) return std::nullopt;
  return name.substr(bounds[2], bounds[3] - bounds[2]);
}

}  // namespace llama32med
