// The script is two tables, of what may follow at a place and what an option takes, and a function that reads them.
// Bash splits words at "=", so "--set a.b=c" arrives as four words.
#include <fmt/format.h>

#include "llama32med/core/strings.h"
#include "manual/completion_words.h"

namespace llama32med {
namespace {

constexpr auto kFunctions = R"bash(
# _llama32med_offer KIND VALUES CHOICE...: completes $current with files, folders, config fields or the choices.
_llama32med_offer() {
  local kind=$1 values=$2 head=''
  shift 2
  if [[ $values == LIST && $current == *,* ]]; then head=${current%,*},; fi
  case $kind in
    FIELD)
      compopt -o nospace 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -S = -W "$(_llama32med_fields)" -- "$current") ;;
    FILE)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -W "$*" -- "$current") ;;
    FOLDER)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -W "$*" -- "$current") ;;
    *) mapfile -t COMPREPLY < <(compgen -P "$head" -W "$*" -- "${current##*,}") ;;
  esac
}

_llama32med() {
  local current=${COMP_WORDS[COMP_CWORD]} place='' word i
  local -a takes=()  # what the option before the cursor takes
  local taken=0      # and how many values it has
  COMPREPLY=()
  if [[ $current == '=' ]]; then
    current=''
    set -- "${COMP_WORDS[COMP_CWORD - 1]}"
  elif [[ $COMP_CWORD -gt 2 && ${COMP_WORDS[COMP_CWORD - 1]} == '=' ]]; then
    set -- "${COMP_WORDS[COMP_CWORD - 2]}"
  else
    set --
  fi
  if [[ $# -eq 1 && $1 != -* ]]; then  # behind "--set FIELD="
    read -ra takes < <(_llama32med_field "$1")
    _llama32med_offer "${takes[@]}"
    return
  fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    if [[ $word == '=' ]]; then
      continue
    elif [[ $word == -* ]]; then
      takes=() taken=0
      read -ra takes < <(_llama32med_value "$place" "$word")
    elif [[ ${#takes[@]} -gt 0 && (${takes[1]} != ONE || $taken -eq 0) ]]; then
      taken=1
    elif [[ -n $(_llama32med_words "${place:+$place }$word") ]]; then
      place="${place:+$place }$word" takes=()
    fi
  done
  if [[ ${#takes[@]} -gt 0 && $current != -* && (${takes[1]} != ONE || $taken -eq 0) ]]; then
    _llama32med_offer "${takes[@]}"
  elif [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_llama32med_words "$place") $(_llama32med_words '')" -- "$current")
  else
    read -ra takes < <(_llama32med_value "$place" '')
    if [[ ${#takes[@]} -gt 0 ]]; then
      _llama32med_offer "${takes[@]}"
    else
      mapfile -t COMPREPLY < <(compgen -W "$(_llama32med_words "$place")" -- "$current" | grep -v '^-')
    fi
  fi
}
complete -F _llama32med llama32med
)bash";

std::string kind_of(Argument argument) {
  switch (argument) {
    case Argument::kFile:
      return "FILE";
    case Argument::kFolder:
      return "FOLDER";
    case Argument::kField:
      return "FIELD";
    default:
      return "TEXT";
  }
}

std::string words_at(const CommandText& command) {
  std::vector<std::string> words;
  for (const auto& inner : command.commands) words.push_back(last_word(inner));
  for (const auto& option : completed_options(command))
    for (const auto& name : names_of(option))
      if (name.starts_with("--")) words.push_back(name);
  return fmt::format("    {}) echo {} ;;\n", shell_quoted(command.name), shell_quoted(join(words, " ")));
}

std::string taken_by(const OptionText& option) {
  std::vector<std::string> words = {kind_of(option.argument), option.values == Values::kOne ? "ONE" : "LIST"};
  words.insert(words.end(), option.choices.begin(), option.choices.end());
  return shell_quoted(join(words, " "));
}

// Options of the program come last and match at any place.
std::string values_at(const CommandText& command) {
  std::string text;
  for (const auto& option : command.options) {
    if (option.argument == Argument::kNone) continue;
    for (const auto& name : option.is_positional() ? std::vector<std::string>{""} : names_of(option))
      text += fmt::format("    {}{}) echo {} ;;\n", command.name.empty() ? "*" : "",
                          shell_quoted(command.name + " " + name), taken_by(option));
  }
  return text;
}

std::string function(const std::string& name, const std::string& subject, const std::string& cases) {
  return fmt::format("\n_llama32med_{}() {{\n  case {} in\n{}  esac\n}}\n", name, subject, cases);
}

}  // namespace

std::string bash_completion(const CommandText& program, const std::vector<FieldText>& fields) {
  std::string words, values, paths, field_values;
  for (const auto* command : all_commands(program)) {
    words += words_at(*command);
    if (command != &program) values += values_at(*command);
  }
  for (const auto& field : fields) {
    paths += " " + field.path;
    field_values +=
        fmt::format("    {}) echo '{} LIST {}' ;;\n", field.path, kind_of(field.argument), join(field.values, " "));
  }
  return "# bash completion of llama32med, written by: llama32med completion bash\n" + function("words", "$1", words) +
         function("value", "\"$1 $2\"", values + values_at(program)) +
         function("field", "$1", field_values + "    *) echo 'TEXT ONE' ;;\n") + "\n_llama32med_fields() {\n  echo '" +
         paths + "'\n}\n" + kFunctions;
}

}  // namespace llama32med
