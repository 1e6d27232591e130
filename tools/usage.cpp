#include "usage.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

std::vector<std::string> subcommand_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* sub : app.get_subcommands(nullptr)) names.push_back(sub->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

// The unexpected word: the first one if the subcommand is missing; else the first that looks like an option, since the
// others may be its values.
std::string unexpected_word(const CLI::App& app) {
  const auto words = app.remaining(/*recurse=*/true);
  if (app.get_subcommands().empty() && !words.empty()) return words.front();
  const auto option = std::find_if(words.begin(), words.end(), [](const auto& word) { return word.starts_with("-"); });
  if (option != words.end()) return option->substr(0, option->find('='));
  return words.empty() ? "" : words.front();
}

// The program, the subcommand given, and its action.
std::vector<const CLI::App*> given_apps(const CLI::App& app) {
  std::vector<const CLI::App*> apps = {&app};
  while (!apps.back()->get_subcommands().empty()) apps.push_back(apps.back()->get_subcommands().front());
  return apps;
}

std::string command_line(const CLI::App& app) { return join({"llama32med", join(given_commands(app), " ")}, " "); }

std::string unknown_option(const CLI::App& app, const std::string& word) {
  std::vector<std::string> known;
  for (const auto* given : given_apps(app)) {
    const auto more = option_names(*given);
    known.insert(known.begin(), more.begin(), more.end());
  }
  const auto line = command_line(app);
  return fmt::format("{} is not an option{}; see {} --help", word, did_you_mean(word, known), trim(line));
}

// `word` is not one of the subcommands or actions that `app` requires.
std::string unknown_command(const CLI::App& app, const std::string& word) {
  const auto names = subcommand_names(app);
  const auto [what, all] = app.get_parent() ? std::pair("an action of " + app.get_name(), "actions")
                                            : std::pair(std::string("a subcommand"), "subcommands");
  return fmt::format("\"{}\" is not {}{}; {} are {}", word, what, did_you_mean(word, names), all, join(names, ", "));
}

}  // namespace

std::vector<std::string> given_commands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* given : given_apps(app))
    if (given != &app) names.push_back(given->get_name());
  return names;
}

std::string usage_problem(const CLI::App& app, const CLI::ParseError& error) {
  const auto word = unexpected_word(app);
  if (word.starts_with("-")) return unknown_option(app, word);
  const auto& last = *given_apps(app).back();
  if (!word.empty() && !subcommand_names(last).empty()) return unknown_command(last, word);
  if (app.get_subcommands().empty())
    return fmt::format("no subcommand; subcommands are {}; see llama32med --help", join(subcommand_names(app), ", "));
  const auto see = fmt::format("see {} --help", command_line(app));
  if (!word.empty()) return fmt::format("unexpected argument \"{}\"; {}", word, see);
  const std::string what = error.what();
  return fmt::format("{}; {}", what.substr(0, what.find('\n')), see);
}

}  // namespace llama32med
