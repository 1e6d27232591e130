// One line per subcommand and option, each with the place where it may be used.
#include <fmt/format.h>

#include "llama32med/core/strings.h"
#include "manual/completion_words.h"

namespace llama32med {
namespace {

// Inside single quotes fish knows only \' and \\.
std::string quoted(const std::string& text) {
  return fmt::format("'{}'", replaced(replaced(text, "\\", "\\\\"), "'", "\\'"));
}

std::string condition(const CommandText& command) { return quoted("__llama32med_at " + command.name); }

// -x: a value, no files; -r -F: a value that may be a file.
std::string value_of(const OptionText& option) {
  const auto choices = option.choices.empty() ? "" : " -a " + quoted(join(option.choices, " "));
  switch (option.argument) {
    case Argument::kNone:
      return "";
    case Argument::kField:
      return " -x -a '(__llama32med_fields)'";
    case Argument::kFolder:
      return " -x -a '(__fish_complete_directories (commandline -ct))'";
    case Argument::kFile:
      return " -r -F" + choices;
    default:
      return " -x" + choices;
  }
}

std::string option_line(const CommandText& command, const OptionText& option) {
  std::string line = "complete -c llama32med";
  if (!command.name.empty()) line += " -n " + condition(command);
  if (option.is_positional()) return line + value_of(option) + "\n";
  for (const auto& name : names_of(option))
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  return line + value_of(option) + " -d " + quoted(first_clause(option.help)) + "\n";
}

std::string lines_of(const CommandText& command) {
  std::string text;
  for (const auto& inner : command.commands)
    text += fmt::format("complete -c llama32med -n {} -a {} -d {}\n", condition(command), last_word(inner),
                        quoted(inner.summary));
  for (const auto& option : completed_options(command)) text += option_line(command, option);
  for (const auto& option : command.options)
    if (option.is_positional()) text += option_line(command, option);
  return text;
}

std::string functions(const CommandText& program, const std::vector<FieldText>& fields) {
  std::string places, assignments;
  for (const auto* command : all_commands(program))
    if (command != &program) places += fmt::format(" {}", quoted(command->name));
  for (const auto& field : fields) {
    assignments += " " + field.path + "=";
    for (const auto& value : field.values) assignments += " " + field.path + "=" + value;
  }
  return fmt::format(R"fish(
# Whether the cursor is behind the given subcommand and action, or before all of them.
function __llama32med_at
    set -l place
    for word in (commandline -opc)[2..-1]
        set -l inner (string trim -- "$place $word")
        if contains -- $inner{}
            set place $inner
        end
    end
    test "$place" = "$argv"
end

function __llama32med_fields
    printf '%s\n'{}
end

complete -c llama32med -f
)fish",
                     places, assignments);
}

}  // namespace

std::string fish_completion(const CommandText& program, const std::vector<FieldText>& fields) {
  auto text = "# fish completion of llama32med, written by: llama32med completion fish\n" + functions(program, fields);
  for (const auto* command : all_commands(program)) text += lines_of(*command);
  return text;
}

}  // namespace llama32med
