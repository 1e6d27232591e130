// What is wrong with a command line that could not be parsed: one line that names the word and the nearest known one.
#pragma once
#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace llama32med {

std::string usage_problem(const CLI::App& app, const CLI::ParseError& error);

}  // namespace llama32med
