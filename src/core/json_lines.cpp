#include "llama32med/core/json_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "llama32med/core/error.h"
#include "llama32med/core/json_file.h"
#include "llama32med/core/strings.h"
#include "llama32med/core/text_file.h"

namespace llama32med {
namespace {

// Finds where a value ends; parse_json() decides whether it is valid.
class ItemScanner {
 public:
  explicit ItemScanner(std::string_view text) : text_(text) {}

  std::size_t line() const { return line_; }

  // The next character that is not blank; 0 at the end.
  char peek() {
    skip_to(std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()));
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  void skip() { skip_to(at_ + 1); }

  // The value that begins here; at least one character.
  std::string_view item() {
    const auto begin = at_;
    const char first = text_[at_];
    if (first == '{' || first == '[') {
      skip_to(end_of_brackets(at_));
    } else if (first == '"') {
      skip_to(end_of_string(at_));
    } else {
      skip_to(std::min(text_.find_first_of(",]} \t\r\n", at_ + 1), text_.size()));
    }
    return text_.substr(begin, at_ - begin);
  }

 private:
  void skip_to(std::size_t end) {
    line_ += static_cast<std::size_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                                 text_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    at_ = end;
  }

  std::size_t end_of_string(std::size_t quote) const {
    for (auto at = quote + 1; at < text_.size(); ++at) {
      if (text_[at] == '\\') {
        ++at;
      } else if (text_[at] == '"') {
        return at + 1;
      }
    }
    return text_.size();
  }

  std::size_t end_of_brackets(std::size_t at) const {
    std::size_t depth = 0;
    while ((at = text_.find_first_of("{}[]\"", at)) != text_.npos) {
      if (text_[at] == '"') {
        at = end_of_string(at);
        continue;
      }
      const bool opens = text_[at] == '{' || text_[at] == '[';
      ++at;
      if (opens) {
        ++depth;
      } else if (--depth == 0) {
        return at;
      }
    }
    return text_.size();
  }

  std::string_view text_;
  std::size_t at_ = 0, line_ = 1;
};

class Items {
 public:
  using Take = std::function<void(const Json&, const std::string&)>;

  Items(std::string_view text, const std::string& where, const Take& take)
      : scanner_(text), where_(where), take_(take) {}

  void read() {
    if (scanner_.peek() == '[') {
      read_list();
      if (scanner_.peek() != '\0') fail("has more text behind its list");
    } else {
      while (scanner_.peek() != '\0') read_item();
    }
  }

 private:
  void read_item() {
    const auto place = fmt::format("{}:{}", where_, scanner_.line());
    take_(parse_json(scanner_.item(), place), place);
  }

  void read_list() {
    scanner_.skip();
    if (scanner_.peek() == ']') return scanner_.skip();
    for (;;) {
      if (scanner_.peek() == '\0') fail("its list does not end; is the file truncated?");
      read_item();
      const char next = scanner_.peek();
      if (next == '\0') fail("its list does not end; is the file truncated?");
      if (next != ',' && next != ']') fail("expected a comma or ] behind an item of its list");
      scanner_.skip();
      if (next == ']') return;
    }
  }

  [[noreturn]] void fail(std::string_view what) const { throw data_error("{}:{}: {}", where_, scanner_.line(), what); }

  ItemScanner scanner_;
  const std::string& where_;
  const Take& take_;
};

}  // namespace

void for_each_json_line(const std::filesystem::path& file,
                        const std::function<void(const Json& value, const std::string& where)>& take) {
  const auto text = read_text(file);
  const char line_end = line_end_of(text);
  std::string_view rest = text;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const auto end = std::min(rest.find(line_end), rest.size());
    const auto line = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty()) continue;
    take(parse_json_line(line, file.string(), number), fmt::format("{}:{}", file.string(), number));
  }
}

void for_each_json_item(std::string_view text, const std::string& where,
                        const std::function<void(const Json& value, const std::string& where)>& take) {
  Items(text, where, take).read();
}

}  // namespace llama32med
