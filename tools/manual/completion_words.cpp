#include "manual/completion_words.h"

namespace llama32med {

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
