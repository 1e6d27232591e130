#include "llama32med/text/prompt_template.h"

#include <algorithm>

#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/strings.h"
#include "llama32med/text/prompt_text.h"

namespace llama32med {
namespace {

std::optional<Role> role_of_line(std::string_view line) {
  if (line == "[system]") return Role::kSystem;
  if (line == "[user]") return Role::kUser;
  if (line == "[assistant]") return Role::kAssistant;
  return std::nullopt;
}

bool is_word(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && letter(text[0]) &&
         std::ranges::all_of(text, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool looks_like_section(std::string_view line) {
  return line.size() > 2 && line.front() == '[' && line.back() == ']' && is_word(line.substr(1, line.size() - 2));
}

}  // namespace

// Reads line by line; a section is closed and its text parsed when the next one begins.
class PromptTemplate::Parser {
 public:
  Parser(std::string_view text, const std::string& where) : where_(where) {
    if (!is_valid_utf8(text)) throw usage_error("{}: not UTF-8", where_);
    for (auto& line : split(text, '\n')) {
      if (line.ends_with('\r')) line.pop_back();
      lines_.push_back(std::move(line));
    }
  }

  std::vector<Section> sections() {
    for (number_ = 1; number_ <= lines_.size(); ++number_) read_line(lines_[number_ - 1]);
    close();
    if (sections_.empty()) throw usage_error("{}: no section; a prompt begins with [user] or [system]", where_);
    return std::move(sections_);
  }

 private:
  template <class... Args>
  Error broken(fmt::format_string<Args...> format, Args&&... args) const {
    return usage_error("{}:{}: {}", where_, number_, fmt::format(format, std::forward<Args>(args)...));
  }

  void read_line(const std::string& line) {
    if (const auto role = role_of_line(line)) {
      close();
      if (*role == Role::kSystem && !sections_.empty()) throw broken("[system] must be the first section");
      sections_.push_back({*role, {}});
      body_begin_ = number_ + 1;
    } else if (looks_like_section(line)) {
      throw broken("{} is not a section{}; known are [system], [user], [assistant]", line,
                   did_you_mean(line, {"[system]", "[user]", "[assistant]"}));
    } else if (!sections_.empty()) {
      body_.push_back(line);
    } else if (!line.starts_with('#') && !trim(line).empty()) {
      throw broken("text before the first section; comments begin with #");
    }
  }

  void close() {
    if (sections_.empty()) return;
    const auto here = number_;
    const auto first = std::ranges::find_if(body_, [](const std::string& line) { return !trim(line).empty(); });
    while (body_.end() != first && trim(body_.back()).empty()) body_.pop_back();
    number_ = body_begin_ - 1;
    if (first == body_.end()) throw broken("this section is empty");
    number_ = body_begin_ + static_cast<std::size_t>(first - body_.begin());
    for (auto line = first; line != body_.end(); ++line, ++number_) add_line(*line, line + 1 != body_.end());
    body_.clear();
    number_ = here;
  }

  void add_line(std::string_view line, bool more_follow) {
    if (trim(line) == kImageMark) return add_image();
    refuse_special_names(line, fmt::format("{}:{}", where_, number_));
    while (!line.empty()) line.remove_prefix(add_part(line));
    if (more_follow) add_text("\n");
  }

  // Parses the first part of the line and returns its length.
  std::size_t add_part(std::string_view line) {
    if (line.starts_with(kImageMark)) return add_image(), kImageMark.size();
    if (line.starts_with("{{") || line.starts_with("}}")) return add_text(line.substr(0, 1)), 2;
    if (line[0] == '}') throw broken("a single }}; write }}}} for a brace");
    if (line[0] == '{') {
      const auto name = line.substr(1, line.find('}') - 1);
      if (name.size() + 1 >= line.size() || !is_word(name))
        throw broken("{{ does not begin a slot {{name}}; write {{{{ for a brace");
      sections_.back().parts.push_back({Part::Kind::kSlot, std::string(name)});
      return name.size() + 2;
    }
    const auto count = std::min({line.find_first_of("{}"), line.find(kImageMark), line.size()});
    add_text(line.substr(0, count));
    return count;
  }

  void add_image() {
    if (sections_.back().role != Role::kUser) throw broken("<image> belongs in a [user] section");
    sections_.back().parts.push_back({Part::Kind::kImage, {}});
  }

  void add_text(std::string_view text) {
    auto& parts = sections_.back().parts;
    if (parts.empty() || parts.back().kind != Part::Kind::kText) parts.push_back({Part::Kind::kText, {}});
    parts.back().text += text;
  }

  std::string where_;
  std::vector<std::string> lines_, body_;
  std::vector<Section> sections_;
  std::size_t number_ = 0;      // the line being read, from 1
  std::size_t body_begin_ = 0;  // the line after the section's name
};

PromptTemplate PromptTemplate::load(const std::filesystem::path& path) {
  auto made = parse(read_file(path), path.string());
  made.name_ = path.stem().string();
  return made;
}

PromptTemplate PromptTemplate::parse(std::string_view text, const std::string& name) {
  PromptTemplate made;
  made.name_ = made.where_ = name;
  made.source_ = text;
  made.sections_ = Parser(text, name).sections();
  return made;
}

std::size_t PromptTemplate::section_count(PromptUse use) const {
  return sections_.size() - (use == PromptUse::kAnswer && sections_.back().role == Role::kAssistant ? 1 : 0);
}

std::vector<std::string> PromptTemplate::slots(PromptUse use) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < section_count(use); ++i)
    for (const auto& part : sections_[i].parts)
      if (part.kind == Part::Kind::kSlot && std::ranges::find(names, part.text) == names.end())
        names.push_back(part.text);
  return names;
}

std::int64_t PromptTemplate::image_marks() const {
  std::int64_t count = 0;
  for (const auto& section : sections_)
    count += std::ranges::count_if(section.parts, [](const Part& part) { return part.kind == Part::Kind::kImage; });
  return count;
}

std::string PromptTemplate::answer_head() const {
  if (sections_.back().role != Role::kAssistant) return "";
  const auto& first = sections_.back().parts.front();
  if (first.kind != Part::Kind::kText) return "";
  return first.text.substr(0, first.text.find_last_not_of(" \t\n") + 1);
}

void PromptTemplate::check_slots(const Slots& given, PromptUse use) const {
  const auto known = slots(use);
  for (const auto& [slot, value] : given)
    if (std::ranges::find(known, slot) == known.end())
      throw usage_error("{}: has no slot {{{}}}{}; its slots are {}", where_, slot, did_you_mean(slot, known),
                        known.empty() ? "none" : join(known, ", "));
  for (const auto& slot : known)
    if (!given.contains(slot)) throw usage_error("{}: slot {{{}}} has no value", where_, slot);
}

std::vector<ChatTurn> PromptTemplate::render(const Slots& slots, PromptUse use,
                                             std::optional<std::int64_t> image_count) const {
  check_slots(slots, use);
  const auto marks = image_marks();
  const auto images = image_count.value_or(marks);
  if (images != marks && marks != 1) throw usage_error("{}: has {} <image> marks for {} images", where_, marks, images);
  std::vector<ChatTurn> turns;
  for (std::size_t i = 0; i < section_count(use); ++i) {
    turns.push_back({sections_[i].role, {}});
    auto& parts = turns.back().parts;
    for (const auto& part : sections_[i].parts) {
      if (part.kind == Part::Kind::kImage) {
        parts.insert(parts.end(), static_cast<std::size_t>(marks == 1 ? images : 1), ChatPart::image());
        continue;
      }
      if (parts.empty() || parts.back().kind != ChatPart::Kind::kText) parts.push_back(ChatPart::of(""));
      parts.back().text += part.kind == Part::Kind::kSlot ? slots.at(part.text) : part.text;
    }
  }
  return turns;
}

}  // namespace llama32med
