// A regular expression for the names of modules, as PEFT 0.17 matches it with Python's re, within limits.
//
// Adapters come from elsewhere: "(a+)+!" would match for hours, and 30,000 groups would overflow the stack. PCRE2 stops
// after a number of tries, and long expressions are not compiled at all.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "llama32med/peft/target_modules.h"

struct pcre2_real_code_8;

namespace llama32med {

enum class PatternUse {
  kWholeName,   // re.fullmatch(pattern, name): target_modules, exclude_modules
  kNameEnding,  // re.match(rf"(.*\.)?({pattern})$", name): rank_pattern, alpha_pattern
  kLayerList,   // re.match(rf".*\.{pattern}\.(\d+)\.", name): layers_pattern
};

class NamePattern {
 public:
  // Throws an error of `origin` that names the expression and why it cannot be used.
  NamePattern(const std::string& pattern, PatternUse use, const PatternOrigin& origin);

  // Both throw an error of `origin` if the expression takes too many steps on this name.
  bool matches(const std::string& name) const;
  // Group 1 of a match, for kLayerList the number of the layer unless the pattern has groups of its own. Empty if the
  // name does not match, or the group took no part in the match.
  std::optional<std::string> first_group(const std::string& name) const;

 private:
  struct Match;
  Match match(const std::string& name) const;

  std::string pattern_;
  PatternOrigin origin_;
  std::shared_ptr<pcre2_real_code_8> code_;
};

}  // namespace llama32med
