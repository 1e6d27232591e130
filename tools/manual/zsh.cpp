// One function per subcommand or action, whose options are specifications for _arguments.
#include <fmt/format.h>

#include "llama32med/core/strings.h"
#include "manual/completion_words.h"

namespace llama32med {
namespace {

std::string function_of(const CommandText& command) {
  return command.name.empty() ? "_llama32med" : "_llama32med_" + replaced(command.name, " ", "_");
}

// The action of a specification: what completes a value.
std::string action_of(const OptionText& option) {
  const auto choices = join(option.choices, " ");
  if (option.argument == Argument::kField) return "_llama32med_fields";
  if (option.argument == Argument::kFolder) return "_files -/";
  if (option.argument == Argument::kFile)
    return choices.empty() ? "_files"
                           : fmt::format("_alternative \"files\\:file\\:_files\" \"names\\:name\\:({})\"", choices);
  if (choices.empty()) return " ";
  return option.values == Values::kList ? "_values -s , value " + choices : "(" + choices + ")";
}

std::string message_of(const OptionText& option) {
  return option.type.empty() || option.type.starts_with("{") ? "value" : replaced(option.type, ":", "\\:");
}

std::string specifications(const CommandText& command) {
  std::string text;
  for (const auto& option : completed_options(command)) {
    const auto help = replaced(replaced(first_clause(option.help), "[", "\\["), "]", "\\]");
    const bool flag = option.argument == Argument::kNone;
    for (const auto& name : names_of(option)) {
      const auto value = flag ? "" : fmt::format(":{}:{}", message_of(option), action_of(option));
      const auto* assigned = !flag && name.starts_with("--") ? "=" : "";
      text += "    " + shell_quoted(fmt::format("{}{}{}[{}]{}", flag ? "" : "*", name, assigned, help, value)) + "\n";
    }
  }
  for (const auto& option : command.options)
    if (option.is_positional())
      text += "    " +
              shell_quoted(
                  fmt::format("{}:{}:{}", option.values == Values::kOne ? "1" : "*", option.names, action_of(option))) +
              "\n";
  return text;
}

std::string descriptions(const CommandText& command) {
  std::string text;
  for (const auto& inner : command.commands)
    text += "        " + shell_quoted(last_word(inner) + ":" + replaced(inner.summary, ":", "\\:")) + "\n";
  return text;
}

std::string function(const CommandText& command) {
  auto text = fmt::format("\n{}() {{\n  local curcontext=$curcontext state line\n  typeset -A opt_args\n",
                          function_of(command));
  text += "  local -a options=(\n" + specifications(command) + "  )\n";
  if (!command.name.empty()) text += "  options+=($_llama32med_common)\n";
  if (command.commands.empty()) return text + "  _arguments -s $options\n}\n";
  text += "  _arguments -s -C $options '1:command:->command' '*::argument:->argument' && return\n";
  text += "  case $state in\n    command)\n      local -a names=(\n" + descriptions(command) +
          "      )\n      _describe command names ;;\n    argument)\n      case $words[1] in\n";
  for (const auto& inner : command.commands)
    text += fmt::format("        {}) {} ;;\n", last_word(inner), function_of(inner));
  return text + "      esac ;;\n  esac\n}\n";
}

std::string field_function(const std::vector<FieldText>& fields) {
  std::string paths, cases;
  for (const auto& field : fields) {
    paths += " " + field.path;
    if (field.argument == Argument::kFile) cases += fmt::format("      {}) _files ;;\n", field.path);
    if (!field.values.empty()) cases += fmt::format("      {}) compadd {} ;;\n", field.path, join(field.values, " "));
  }
  return "\n_llama32med_fields() {\n  if compset -P 1 '*='; then\n    case ${${IPREFIX%=}##*=} in\n" + cases +
         "    esac\n  else\n    compadd -S = --" + paths + "\n  fi\n}\n";
}

}  // namespace

std::string zsh_completion(const CommandText& program, const std::vector<FieldText>& fields) {
  std::string text = "#compdef llama32med\n# zsh completion of llama32med, written by: llama32med completion zsh\n";
  text += "\ntypeset -ga _llama32med_common=(\n" + specifications(program) + ")\n" + field_function(fields);
  for (const auto* command : all_commands(program)) text += function(*command);
  // Sourced: registers itself. Found in $fpath: runs.
  return text +
         "\nif [[ $funcstack[1] == _llama32med ]]; then\n  _llama32med \"$@\"\nelse\n  compdef _llama32med "
         "llama32med\nfi\n";
}

}  // namespace llama32med
