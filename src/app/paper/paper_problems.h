// Problems found before a run, collected to be reported together.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "llama32med/core/error.h"

namespace llama32med {

class PaperProblems {
 public:
  // Whether `action` ended without an Error; the error is kept under the name of the place that needs it.
  template <class Action>
  bool attempt(const std::string& place, Action action) {
    try {
      action();
      return true;
    } catch (const Error& error) {
      add(place, error.kind(), error.what());
      return false;
    }
  }
  // The same problem in several places is listed once.
  void add(const std::string& place, ErrorKind kind, const std::string& what);

  // Throws if there are any, in one line: "2 problems, nothing was run: (1) a/x, b/x: ...; (2) ...". `hidden` is shown
  // as `shown`: a temporary path means nothing to the reader.
  void throw_if_any(const std::string& hidden, const std::string& shown) const;

 private:
  struct Problem {
    ErrorKind kind;
    std::string what;
    std::vector<std::string> places;
  };
  std::vector<Problem> problems_;
};

}  // namespace llama32med
