#include <fmt/format.h>

#include "llama32med/core/strings.h"
#include "llama32med/core/version.h"
#include "manual/manual.h"

namespace llama32med {
namespace {

// Backslashes, hyphens (which would become typographic) and leading control characters.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out.starts_with(".") || out.starts_with("'") ? "\\&" + out : out;
}

std::string section(const std::string& title) { return ".SH " + title + "\n"; }

std::string option_entry(const OptionText& option) {
  std::string head;
  for (const auto& name : names_of(option))
    head += (head.empty() ? "" : ", ") + fmt::format("\\fB{}\\fR", escaped(name));
  if (!option.type.empty()) head += fmt::format(" \\fI{}\\fR", escaped(option.type));
  return ".TP\n" + head + "\n" + escaped(help_of(option)) + "\n";
}

std::string example(const CommandText& command) {
  if (command.example.empty()) return "";
  std::string text = ".PP\nExample:\n.PP\n.nf\n";
  for (const auto& line : split(command.example, '\n')) text += escaped(line) + "\n";
  return text + ".fi\n";
}

std::string command_section(const CommandText& command) {
  auto text = fmt::format(".SS \"llama32med {}\"\n{}.\n", escaped(command.name), escaped(command.summary));
  for (const auto& option : command.options) text += option_entry(option);
  return text + example(command);
}

std::string exit_codes() {
  std::string text;
  for (const auto& [code, meaning] : kExitCodes)
    text += fmt::format(".TP\n{}\n{}\n", code, escaped(std::string(meaning)));
  return text;
}

constexpr auto kEnvironment =
    ".TP\n\\fBOMP_NUM_THREADS\\fR\nnumber of CPU threads where \\fB\\-\\-threads\\fR is 0\n"
    ".TP\n\\fBOMP_WAIT_POLICY\\fR, \\fBGOMP_SPINCOUNT\\fR, \\fBKMP_BLOCKTIME\\fR\n"
    "how idle threads wait; asleep if none of them is set\n"
    ".TP\n\\fBLLAMA32MED_NO_GPU\\fR\n1 keeps everything on the CPU\n"
    ".TP\n\\fBCOLUMNS\\fR\nwidth of \\fB\\-\\-help\\fR\n";

}  // namespace

std::string man_page(const CommandText& program) {
  auto text = fmt::format(".TH LLAMA32MED 1 \"\" \"llama32med {}\" \"User Commands\"\n", program_version());
  text += section("NAME") + "llama32med \\- " + escaped(program.summary) + "\n";
  text += section("SYNOPSIS") + "\\fBllama32med\\fR \\fISUBCOMMAND\\fR [\\fIACTION\\fR] [\\fIOPTIONS\\fR]\n";
  text += section("OPTIONS OF EVERY SUBCOMMAND");
  for (const auto& option : program.options) text += option_entry(option);
  text += section("SUBCOMMANDS");
  for (const auto* command : all_commands(program))
    if (command != &program) text += command_section(*command);
  return text + section("EXIT STATUS") + exit_codes() + section("ENVIRONMENT") + kEnvironment;
}

}  // namespace llama32med
