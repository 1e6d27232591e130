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

std::string unknown_option(const CLI::App& app, const std::string& word) {
  auto known = option_names(app);
  std::string whose = "llama32med";
  for (const auto* sub : app.get_subcommands()) {  // the one given
    const auto more = option_names(*sub);
    known.insert(known.begin(), more.begin(), more.end());
    whose += " " + sub->get_name();
  }
  return fmt::format("{} is not an option{}; see {} --help", word, did_you_mean(word, known), whose);
}

// "(default: x)" is one word.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (const auto& word : split(text, ' ')) {
    if (!words.empty() && words.back() == "(default:")
      words.back() += " " + word;
    else
      words.push_back(word);
  }
  return words;
}

class HelpFormatter final : public CLI::Formatter {
  // One blank line between groups. (make_groups is not virtual in the CLI11 of Debian 12.)
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    auto text = Formatter::make_help(app, std::move(name), mode);
    for (auto at = text.find("\n\n\n"); at != text.npos; at = text.find("\n\n\n")) text.erase(at, 1);
    return text;
  }
};

}  // namespace

std::string wrapped_help(const std::string& text) {
  std::string lines, line;
  for (const auto& word : words_of(text)) {
    if (!line.empty() && line.size() + 1 + word.size() > kHelpWidth - kHelpColumn) lines += line + "\n", line.clear();
    line += (line.empty() ? "" : " ") + word;
  }
  return lines + line;
}

std::shared_ptr<CLI::FormatterBase> help_formatter() {
  auto formatter = std::make_shared<HelpFormatter>();
  formatter->column_width(kHelpColumn);
  return formatter;
}

std::string usage_problem(const CLI::App& app, const CLI::ParseError& error) {
  const auto word = unexpected_word(app);
  const bool no_command = app.get_subcommands().empty();
  if (word.starts_with("-")) return unknown_option(app, word);
  if (no_command && word.empty())
    return fmt::format("no subcommand; subcommands are {}; see llama32med --help", join(subcommand_names(app), ", "));
  if (no_command) {
    const auto names = subcommand_names(app);
    return fmt::format("\"{}\" is not a subcommand{}; subcommands are {}", word, did_you_mean(word, names),
                       join(names, ", "));
  }
  const auto see = fmt::format("see llama32med {} --help", app.get_subcommands().front()->get_name());
  if (!word.empty()) return fmt::format("unexpected argument \"{}\"; {}", word, see);
  const std::string what = error.what();
  return fmt::format("{}; {}", what.substr(0, what.find('\n')), see);
}

}  // namespace llama32med
