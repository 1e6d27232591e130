// Python's regular expressions (module re, Python 3.11) in the syntax of PCRE2.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

namespace llama32med {

// What Python rejects as well, or what has no counterpart here. what() completes "the expression ...".
class PythonRegexError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// An expression that PCRE2, with PCRE2_UTF and LF as newline, matches where Python matches `python`. Most of the syntax
// is the same. Rewritten are \Z, \v, \b in a class, \uXXXX, octal escapes, references to groups, {,n}, braces that do
// not repeat, [ in a class (PCRE2 has [:alpha:]) and global flags. Syntax that only PCRE2 has, such as (*VERB), (?R),
// \K and \Q, is refused. Throws PythonRegexError. What both reject, such as an unbalanced parenthesis, is left to
// PCRE2.
std::string pcre2_syntax(std::string_view python);

}  // namespace llama32med
