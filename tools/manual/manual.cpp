#include "manual/manual.h"

#include <algorithm>

#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

void add_all(const CommandText& command, std::vector<const CommandText*>& all) {
  all.push_back(&command);
  for (const auto& inner : command.commands) add_all(inner, all);
}

}  // namespace

std::vector<std::string> names_of(const OptionText& option) { return split(option.names, ','); }

std::string last_word(const CommandText& command) { return command.name.substr(command.name.rfind(' ') + 1); }

std::vector<const CommandText*> all_commands(const CommandText& program) {
  std::vector<const CommandText*> all;
  add_all(program, all);
  return all;
}

const CommandText& find_command(const CommandText& program, const std::vector<std::string>& words) {
  const auto* found = &program;
  for (const auto& word : words) {
    std::vector<std::string> names;
    for (const auto& inner : found->commands) names.push_back(last_word(inner));
    const auto at = std::ranges::find(found->commands, word, last_word);
    if (at == found->commands.end())
      throw usage_error("\"{}\" is not {}{}{}", word,
                        found->name.empty() ? "a subcommand" : "an action of " + found->name, did_you_mean(word, names),
                        names.empty() ? "" : "; known are " + join(names, ", "));
    found = &*at;
  }
  return *found;
}

}  // namespace llama32med
