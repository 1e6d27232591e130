// Texts of the command line: --help, and errors of a command line that cannot be parsed.
#pragma once
#include <cstddef>
#include <memory>
#include <string>

namespace CLI {
class App;
class FormatterBase;
class ParseError;
}  // namespace CLI

namespace llama32med {

// Breaks a description into lines that fit beside kHelpColumn.
inline constexpr std::size_t kHelpColumn = 34, kHelpWidth = 100;
std::string wrapped_help(const std::string& text);
std::shared_ptr<CLI::FormatterBase> help_formatter();

// One line that names the unexpected word and the nearest known one.
std::string usage_problem(const CLI::App& app, const CLI::ParseError& error);

}  // namespace llama32med
