// The subcommands help, completion and man: the manual, printed.
#include <fmt/format.h>

#include <array>

#include "command.h"
#include "known_values.h"
#include "llama32med/core/error.h"
#include "manual/manual.h"
#include "print.h"

namespace llama32med {
namespace {

class HelpCommand final : public Command {
 public:
  explicit HelpCommand(const CommandText& program) : program_(&program) {}

  void declare(Options& options) override {
    options.list("SUBCOMMAND", words_, "subcommand, and its action if it has any", "TEXT ...");
  }

  void run(const CommonOptions& /*common*/) override {
    print_text("{}", help_text(*program_, find_command(*program_, words_), terminal_width()));
  }

 private:
  const CommandText* program_;
  std::vector<std::string> words_;
};

struct Shell {
  std::string_view name;
  std::string (*script)(const CommandText&, const std::vector<FieldText>&);
};
constexpr std::array kShells = {Shell{"bash", bash_completion}, Shell{"zsh", zsh_completion},
                                Shell{"fish", fish_completion}};

class CompletionCommand final : public Command {
 public:
  explicit CompletionCommand(const CommandText& program) : program_(&program) {}

  void declare(Options& options) override { options.choice("SHELL", shell_, {"bash", "zsh", "fish"}, "your shell"); }

  void run(const CommonOptions& /*common*/) override {
    for (const auto& shell : kShells)
      if (shell.name == shell_) return print_text("{}", shell.script(*program_, field_texts()));
    throw usage_error("completion: give bash, zsh or fish, not \"{}\"", shell_);
  }

 private:
  const CommandText* program_;
  std::string shell_;
};

class ManCommand final : public Command {
 public:
  explicit ManCommand(const CommandText& program) : program_(&program) {}
  void declare(Options& /*options*/) override {}
  void run(const CommonOptions& /*common*/) override { print_text("{}", man_page(*program_)); }

 private:
  const CommandText* program_;
};

}  // namespace

std::unique_ptr<Command> make_help_command(const CommandText& program) {
  return std::make_unique<HelpCommand>(program);
}
std::unique_ptr<Command> make_completion_command(const CommandText& program) {
  return std::make_unique<CompletionCommand>(program);
}
std::unique_ptr<Command> make_man_command(const CommandText& program) { return std::make_unique<ManCommand>(program); }

}  // namespace llama32med
