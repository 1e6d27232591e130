#include "manual/completion_words.h"

#include <fmt/format.h>

namespace llama32med {

std::string replaced(std::string text, std::string_view mark, std::string_view by) {
  for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + by.size()))
    text.replace(at, mark.size(), by);
  return text;
}

std::string shell_quoted(const std::string& text) { return fmt::format("'{}'", replaced(text, "'", "'\\''")); }

std::string first_clause(const std::string& help) { return help.substr(0, help.find(';')); }

std::vector<OptionText> completed_options(const CommandText& command) {
  std::vector<OptionText> options;
  for (const auto& option : command.options)
    if (!option.is_positional()) options.push_back(option);
  if (!command.name.empty())
    options.push_back({.names = "-h,--help", .help = "print this help and exit", .argument = Argument::kNone});
  return options;
}

}  // namespace llama32med
