// What the command line offers, as data: --help, the man page and shell completion are all made from it.
#pragma once
#include <array>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace llama32med {

// What a shell can offer for the value of an option, besides its choices.
enum class Argument {
  kNone,
  kText,
  kFile,
  kFolder,
  kField
};  // kNone: a flag; kField: SECTION.NAME=VALUE of the config

// How many values an option takes; kList: separated by commas or blanks.
enum class Values { kOne, kList, kSeveral };

struct OptionText {
  std::string group;                      // heading
  std::string names;                      // "-h,--help", or the name of a positional argument
  std::string type;                       // as shown: INT, DIR, {a,b}; empty for a flag
  std::string value;                      // default, empty if there is none
  std::string help;                       // without type, default and choices
  std::vector<std::string> choices = {};  // known values; all of them where `type` is {a,b}
  Argument argument = Argument::kText;
  Values values = Values::kOne;

  bool is_positional() const { return !names.starts_with("-"); }
};

struct CommandText {
  std::string name;     // "data check"; empty for the program
  std::string summary;  // one sentence without a period
  std::string example = {};
  std::vector<OptionText> options = {};
  std::list<CommandText> commands = {};  // subcommands of the program, actions of a subcommand
};

std::vector<std::string> names_of(const OptionText& option);  // {"-h", "--help"}
std::string last_word(const CommandText& command);            // "check" of "data check"

// The program itself, its subcommands and their actions, each before those inside it.
std::vector<const CommandText*> all_commands(const CommandText& program);

// The command that the words name. Throws Error{kUsage} with the known names.
const CommandText& find_command(const CommandText& program, const std::vector<std::string>& words);

struct ExitCode {
  int code;
  std::string_view meaning;
};
inline constexpr std::array kExitCodes = {ExitCode{0, "success"},
                                          ExitCode{1, "a bug in the program"},
                                          ExitCode{2, "wrong usage or config"},
                                          ExitCode{3, "bad input data or model files"},
                                          ExitCode{4, "out of memory, disk or device"},
                                          ExitCode{5, "stopped by a signal after saving"},
                                          ExitCode{6, "results fail a condition, such as paper --fail-on"}};

// ---- the manual in its forms ------------------------------------------------------------------------------------

// --help of `command`, in lines of at most `width` columns where words allow it.
std::string help_text(const CommandText& program, const CommandText& command, std::size_t width);
std::string help_of(const OptionText& option);  // the text with choices and default
std::size_t terminal_width();                   // COLUMNS, or that of the terminal, within 40 to 120; else 100

std::string man_page(const CommandText& program);  // troff with the man macros

// Scripts that complete command lines. `fields` are the config fields that may follow --set.
struct FieldText {
  std::string path;
  std::vector<std::string> values;
  Argument argument = Argument::kText;
};
std::string bash_completion(const CommandText& program, const std::vector<FieldText>& fields);
std::string zsh_completion(const CommandText& program, const std::vector<FieldText>& fields);
std::string fish_completion(const CommandText& program, const std::vector<FieldText>& fields);

}  // namespace llama32med
