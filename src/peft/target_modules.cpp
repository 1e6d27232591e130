#include "llama32med/peft/target_modules.h"

#include <algorithm>
#include <utility>

#include "peft/name_pattern.h"

namespace llama32med {
namespace {

constexpr const char* kAllLinear = "all-linear";

// True if the name in either convention matches.
template <class Fits>
bool in_any_era(const ModelNames& names, const std::string& module, Fits fits) {
  return fits(module) || fits(names.module_tree_name(module));
}

ModuleTest expression_test(NamePattern pattern, const ModelNames& names) {
  return [pattern = std::move(pattern), names](const std::string& module) {
    return in_any_era(names, module, [&](const std::string& name) { return pattern.matches(name); });
  };
}

bool is_or_ends_with(const std::string& name, const std::string& end) {
  return name == end || name.ends_with("." + end);
}

ModuleTest list_test(const std::vector<std::string>& ends, const ModelNames& names) {
  return [ends, names](const std::string& module) {
    return std::ranges::any_of(ends, [&](const std::string& end) {
      return in_any_era(names, module, [&](const std::string& name) { return is_or_ends_with(name, end); });
    });
  };
}

}  // namespace

ModuleTest names_test(const TextOrList& wanted, const ModelNames& names, const PatternOrigin& origin) {
  if (const auto* list = std::get_if<std::vector<std::string>>(&wanted)) return list_test(*list, names);
  const auto& text = std::get<std::string>(wanted);
  if (text.empty()) return [](const std::string&) { return false; };
  if (ascii_lower(text) == kAllLinear)
    return [head = names.output_head()](const std::string& module) { return module != head; };
  return expression_test(NamePattern(text, PatternUse::kWholeName, origin), names);
}

ModuleTest pattern_test(const std::string& pattern, const ModelNames& names, const PatternOrigin& origin) {
  return expression_test(NamePattern(pattern, PatternUse::kNameEnding, origin), names);
}

bool is_saved(const std::string& module, const std::vector<std::string>& modules_to_save, const ModelNames& names) {
  return std::ranges::any_of(modules_to_save, [&](const std::string& saved) {
    return in_any_era(names, module, [&](const std::string& name) {
      return name == saved || name.starts_with(saved + ".") || name.ends_with("." + saved) ||
             name.find("." + saved + ".") != name.npos;
    });
  });
}

}  // namespace llama32med
