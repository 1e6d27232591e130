// Which modules get an adapter, by the rules of PEFT 0.17 (check_target_module_exists, get_pattern_key).
//
//   a list      full module names, or their ends after a dot: "q_proj" matches "..layers.0.attn.q_proj"
//   a string    a regular expression that matches the whole name
//   all-linear  every linear layer except the output head
//   a pattern   (rank_pattern, alpha_pattern) a regular expression that matches the end of the name after a dot
//
// Names of both conventions match a module (ModelNames), since users and files write either. Expressions are Python's
// in PEFT and ECMAScript here; features that only Python has (\A, \Z, (?P<..>, (?i), look-behind) are rejected, never
// misread. Throws Error{kUsage} naming an invalid expression.
#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/peft/adapter_spec.h"
#include "llama32med/weights/names.h"

namespace llama32med {

// Takes the hub name of a module.
using ModuleTest = std::function<bool(const std::string& module)>;

// what: name of the setting for error texts, e.g. "target_modules".
ModuleTest names_test(const TextOrList& wanted, const ModelNames& names, const std::string& what);
ModuleTest pattern_test(const std::string& pattern, const ModelNames& names, const std::string& what);

// Whether PEFT treats `module` as one of `modules_to_save`: it is listed there or is inside a listed module.
bool is_saved(const std::string& module, const std::vector<std::string>& modules_to_save, const ModelNames& names);

class TargetModules {
 public:
  TargetModules(const TextOrList& targets, const TextOrList& excluded, const ModelNames& names)
      : targets_(names_test(targets, names, "target_modules")),
        excluded_(names_test(excluded, names, "exclude_modules")) {}
  bool operator()(const std::string& module) const { return targets_(module) && !excluded_(module); }

 private:
  ModuleTest targets_, excluded_;
};

// The value of the first pattern that matches a module.
template <class Value>
class PatternTable {
 public:
  template <class Entries>  // pairs (pattern, value)
  PatternTable(const Entries& entries, const ModelNames& names, const std::string& what) {
    for (const auto& [pattern, value] : entries) rows_.emplace_back(pattern_test(pattern, names, what), value);
  }
  Value find(const std::string& module, Value otherwise) const {
    for (const auto& [fits, value] : rows_)
      if (fits(module)) return value;
    return otherwise;
  }

 private:
  std::vector<std::pair<ModuleTest, Value>> rows_;
};

}  // namespace llama32med
