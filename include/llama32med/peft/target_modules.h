// Which modules an adapter stands at, by the rules of PEFT 0.17 (check_target_module_exists, get_pattern_key).
//
//   a list      the module's name, or the end of it behind a dot: "q_proj" means "..layers.0.attn.q_proj"
//   a text      a regular expression that fits the whole name
//   all-linear  every linear but the output head
//   a pattern   (of rank_pattern, alpha_pattern) a regular expression that fits the end of the name behind a dot
//
// A module goes by its names of both eras (ModelNames): users, and files, write either. Expressions are Python's
// in PEFT and ECMAScript here; what only Python has (\A, \Z, (?P<..>, (?i), look-behind) is refused, never misread.
// Throws Error{kUsage} naming an expression that cannot be read.
#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/peft/adapter_spec.h"
#include "llama32med/weights/names.h"

namespace llama32med {

// Answers for a module by its hub name.
using ModuleTest = std::function<bool(const std::string& module)>;

// `what` names the setting in errors, "target_modules".
ModuleTest names_test(const TextOrList& wanted, const ModelNames& names, const std::string& what);
ModuleTest pattern_test(const std::string& pattern, const ModelNames& names, const std::string& what);

// Does PEFT count `module` among `modules_to_save`: named there, or inside of one that is.
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

// The value of the first pattern that fits a module.
template <class Value>
class PatternTable {
 public:
  template <class Entries>  // pairs of pattern and value
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
