#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "llama32med/core/strings.h"
#include "manual/manual.h"

namespace llama32med {
namespace {

constexpr std::size_t kColumn = 34;      // where texts begin, if the terminal is wide enough
constexpr std::size_t kSideBySide = 72;  // narrower: texts go below their options

using Lines = std::vector<std::string>;

// Pieces that a line may be broken between, with the separator that follows them. "(default: x)" stays together; a
// word that is longer than a line is broken after its commas.
Lines pieces_of(const std::string& text, std::size_t width) {
  Lines pieces;
  for (const auto& word : split(text, ' ')) {
    if (!pieces.empty() && pieces.back() == "(default: ") {
      pieces.back() += word + " ";
    } else if (word.size() <= width) {
      pieces.push_back(word + " ");
    } else {
      const auto parts = split(word, ',');
      for (std::size_t i = 0; i < parts.size(); ++i) pieces.push_back(parts[i] + (i + 1 < parts.size() ? "," : " "));
    }
  }
  return pieces;
}

Lines wrapped(const std::string& text, std::size_t width) {
  Lines lines = {""};
  for (const auto& piece : pieces_of(text, width)) {
    if (!lines.back().empty() && lines.back().size() + trim(piece).size() > width) lines.emplace_back();
    lines.back() += piece;
  }
  for (auto& line : lines) line.erase(line.find_last_not_of(' ') + 1);
  return lines;
}

std::string paragraph(const std::string& text, std::size_t width) { return join(wrapped(text, width), "\n") + "\n"; }

std::string indented(const Lines& lines, std::size_t first, std::size_t others) {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) text += std::string(i == 0 ? first : others, ' ') + lines[i] + "\n";
  return text;
}

// "  head   text", the text in a column beside it, or below it if the head is too long.
std::string entry(const std::string& head, const std::string& text, std::size_t column, std::size_t width) {
  if (width < kSideBySide) return indented(wrapped(head, width - 6), 2, 6) + indented(wrapped(text, width - 6), 6, 6);
  auto lines = indented(wrapped(text, width - column), column, column);
  if (head.size() + 4 > column) return "  " + head + "\n" + lines;
  return "  " + head + lines.substr(head.size() + 2);
}

std::string option_entries(const CommandText& command, std::size_t width) {
  std::vector<std::string> groups;
  for (const auto& option : command.options)
    if (std::ranges::find(groups, option.group) == groups.end()) groups.push_back(option.group);
  std::string text;
  for (const auto& group : groups) {
    text += "\n" + group + ":\n";
    for (const auto& option : command.options)
      if (option.group == group)
        text += entry(option.names + (option.type.empty() ? "" : " " + option.type), help_of(option), kColumn, width);
  }
  return text;
}

std::string usage_line(const CommandText& command) {
  auto line = join({"Usage: llama32med", command.name}, command.name.empty() ? "" : " ");
  if (!command.commands.empty()) line += command.name.empty() ? " SUBCOMMAND" : " ACTION";
  for (const auto& option : command.options)
    if (option.is_positional()) line += " " + option.names + (option.values == Values::kOne ? "" : " ...");
  return line + " [OPTIONS]";
}

// Words of a command line; quoted ones stay together.
Lines shell_words(const std::string& line) {
  Lines words = {""};
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (c == ' ' && !quoted)
      words.emplace_back();
    else
      words.back() += c;
  }
  return words;
}

// A command of an example, continued with a backslash where it is longer than a line.
std::string example_command(const std::string& command, std::size_t width) {
  std::string text, line = "  ";
  for (const auto& word : shell_words(command)) {
    if (line.size() + word.size() + 2 > width && !trim(line).empty()) {
      text += line + "\\\n";
      line = "      ";
    }
    line += word + " ";
  }
  return text + line.substr(0, line.size() - 1) + "\n";
}

std::string example(const CommandText& command, std::size_t width) {
  if (command.example.empty()) return "";
  std::string text = "\nExample:\n";
  for (const auto& line : split(command.example, '\n')) text += example_command(line, width);
  return text;
}

std::string closing(const CommandText& command, std::size_t width) {
  if (command.name.empty()) {
    std::vector<std::string> codes;
    for (const auto& [code, meaning] : kExitCodes) codes.push_back(fmt::format("{} {}", code, meaning));
    return paragraph("llama32med SUBCOMMAND --help, or llama32med help SUBCOMMAND, shows its options and an example.",
                     width) +
           "\n" + paragraph("Exit codes: " + join(codes, "; ") + ".", width);
  }
  return paragraph(
      "Every subcommand also takes --config, --set, --print-config, --device, --dtype, --threads, --seed, --log-level, "
      "--quiet and --json: see llama32med --help. Fields of --config and --set: see llama32med --help-config.",
      width);
}

}  // namespace

std::string help_of(const OptionText& option) {
  auto text = option.help;
  const auto is_named = [&](const auto& choice) { return (text + option.type).find(choice) != text.npos; };
  if (!std::ranges::all_of(option.choices, is_named)) text += fmt::format(" (known: {})", join(option.choices, ", "));
  return option.value.empty() ? text : fmt::format("{} (default: {})", text, option.value);
}

std::size_t terminal_width() {
  winsize size{};
  const auto* columns = std::getenv("COLUMNS");
  auto width = columns ? std::atoi(columns) : 0;
  if (width <= 0 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) width = size.ws_col;
  return width <= 0 ? 100 : static_cast<std::size_t>(std::clamp(width, 40, 120));
}

std::string help_text(const CommandText& program, const CommandText& command, std::size_t width) {
  auto text = paragraph(command.summary, width) + "\n" + paragraph(usage_line(command), width);
  text += option_entries(command, width);
  if (!command.commands.empty()) text += &command == &program ? "\nSubcommands:\n" : "\nActions:\n";
  for (const auto& inner : command.commands) text += entry(last_word(inner), inner.summary, 14, width);
  return text + example(command, width) + "\n" + closing(command, width);
}

}  // namespace llama32med
