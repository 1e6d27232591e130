// Which modules get an adapter, by the rules of PEFT 0.17 (check_target_module_exists, get_pattern_key).
//
//   a list      full module names, or their ends after a dot: "q_proj" matches "..layers.0.attn.q_proj"
//   a string    a regular expression that matches the whole name
//   all-linear  every linear layer except the output head
//   a pattern   (rank_pattern, alpha_pattern) a regular expression that matches the end of the name after a dot
//
// Names of both conventions match a module (ModelNames), since users and files write either. Expressions are those of
// Python's module re, and are matched within limits (src/peft/name_pattern.h). Throws an error that names the
// expression and its origin: Error{kUsage} for the run's config, Error{kData} for an adapter's file.
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

struct PatternOrigin {
  std::string setting;    // "target_modules"
  std::string file = {};  // adapter_config.json with its path; empty: the run's config
};

ModuleTest names_test(const TextOrList& wanted, const ModelNames& names, const PatternOrigin& origin);
ModuleTest pattern_test(const std::string& pattern, const ModelNames& names, const PatternOrigin& origin);

// Whether PEFT treats `module` as one of `modules_to_save`: it is listed there or is inside a listed module.
bool is_saved(const std::string& module, const std::vector<std::string>& modules_to_save, const ModelNames& names);

class TargetModules {
 public:
  // `file`: where both are from, as in PatternOrigin.
  TargetModules(const TextOrList& targets, const TextOrList& excluded, const ModelNames& names,
                const std::string& file = {})
      : targets_(names_test(targets, names, {"target_modules", file})),
        excluded_(names_test(excluded, names, {"exclude_modules", file})) {}
  bool operator()(const std::string& module) const { return targets_(module) && !excluded_(module); }

 private:
  ModuleTest targets_, excluded_;
};

// The value of the first pattern that matches a module.
template <class Value>
class PatternTable {
 public:
  template <class Entries>  // pairs (pattern, value)
  PatternTable(const Entries& entries, const ModelNames& names, const PatternOrigin& origin) {
    for (const auto& [pattern, value] : entries) rows_.emplace_back(pattern_test(pattern, names, origin), value);
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
