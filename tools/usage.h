// Errors of a command line that cannot be parsed.
#pragma once
#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace llama32med {

std::vector<std::string> given_commands(const CLI::App& app);  // {"data", "check"}

// One line that names the unexpected word and the nearest known one.
std::string usage_problem(const CLI::App& app, const CLI::ParseError& error);

}  // namespace llama32med
