#include "llama32med/core/json_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/text_file.h"

namespace llama32med {
namespace {

// ---- places and limits ---------------------------------------------------------------------------------------------

// Where a text stands: errors name the place as "where:line:column".
struct Source {
  std::string_view text;
  const std::string& where;
  std::size_t first_line = 1;

  std::string place(std::size_t byte) const {
    const auto before = text.substr(0, std::min(byte, text.size()));
    const auto line_start = before.rfind('\n');
    const auto line = first_line + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    const auto column = line_start == before.npos ? before.size() : before.size() - line_start - 1;
    return fmt::format("{}:{}:{}", where, line, std::max<std::size_t>(column, 1));
  }
};

std::size_t end_of_string(std::string_view text, std::size_t i) {  // i: after the opening quote
  while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
  return i;
}

// The last character of a comment that begins at i; i itself if none does.
std::size_t end_of_comment(std::string_view text, std::size_t i) {
  const auto begin = text.substr(i, 2);
  if (begin == "//") return std::min(text.find('\n', i), text.size());
  if (begin != "/*") return i;
  const auto end = text.find("*/", i + 2);
  return end == text.npos ? text.size() : end + 1;
}

// A reader of nothing but brackets and colons, before parsing. Strings and comments do not count.
class Outline {
 public:
  Outline(const Source& source, std::size_t deepest) : source_(source), deepest_(deepest) {}

  void check() {
    const auto text = source_.text;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c == '"')
        i = end_of_string(text, i + 1);
      else if (c == '/')
        i = end_of_comment(text, i);
      else if (c == '[' || c == '{')
        open(i);
      else if ((c == ']' || c == '}') && !keys_.empty())
        keys_.pop_back();
      else if (c == ':' && !keys_.empty())
        searched_ += keys_.back()++;
    }
  }

  // Comparisons of keys while objects that are lists are filled: each new key is searched among those before it.
  std::size_t searched() const { return searched_; }

 private:
  void open(std::size_t at) {
    keys_.push_back(0);
    if (keys_.size() > deepest_)
      throw data_error("{}: nested more than {} levels deep", source_.place(at + 1), deepest_);
  }

  const Source& source_;
  std::size_t deepest_, searched_ = 0;
  std::vector<std::size_t> keys_;  // number of keys of each object or list around the current place
};

enum class Objects { kLists, kTrees };

void check_limits(const Source& source, const JsonLimits& limits, Objects objects) {
  constexpr std::size_t kMostSearched = 1'000'000'000;  // some seconds; 45,000 keys in one object
  if (source.text.size() > limits.bytes)
    throw data_error("{}: is JSON of {} bytes; at most {} are read", source.where, source.text.size(), limits.bytes);
  Outline outline(source, limits.depth);
  outline.check();
  if (objects == Objects::kLists && outline.searched() > kMostSearched)
    throw data_error("{}: has objects with too many keys; at most 45,000 in one object are read", source.where);
}

// ---- parsing -------------------------------------------------------------------------------------------------------

// "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ..." -> "syntax error ..."
std::string reason_of(const std::exception& error) {
  const std::string why = error.what();
  for (const std::string_view mark : {"syntax error", "] "})
    if (const auto at = why.find(mark); at != why.npos) return why.substr(mark == "] " ? at + mark.size() : at);
  return why;
}

// "number overflow parsing '1e999'": the place of the number, which the exception does not carry.
std::string place_of_number(const Source& source, const std::string& why) {
  const auto begin = why.find('\''), end = why.rfind('\'');
  if (begin == why.npos || end <= begin) return source.where;
  const auto number = std::string_view(why).substr(begin + 1, end - begin - 1);
  const auto at = source.text.find(number);
  return at == source.text.npos ? source.where : source.place(at + 1);
}

// Calls `parse` and names the place of what it throws.
template <class Parse>
auto parse_at(const Source& source, Parse parse) {
  try {
    return parse();
  } catch (const Json::parse_error& error) {
    throw data_error("{}: not valid JSON: {}", source.place(error.byte), reason_of(error));
  } catch (const Json::out_of_range& error) {
    const auto why = reason_of(error);
    throw data_error("{}: not valid JSON: {}", place_of_number(source, why), why);
  }
}

Json parse_source(const Source& source, const JsonLimits& limits) {
  check_limits(source, limits, Objects::kLists);
  return parse_at(
      source, [&] { return Json::parse(source.text, nullptr, /*allow_exceptions=*/true, /*ignore_comments=*/true); });
}

// Throws at the first key that an object contains twice.
class RepeatedKeyCheck {
 public:
  explicit RepeatedKeyCheck(const std::string& where) : where_(where) {}

  bool operator()(int /*depth*/, SortedJson::parse_event_t event, SortedJson& value) {
    using Event = SortedJson::parse_event_t;
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key && !keys_.back().insert(value.get<std::string>()).second)
      throw data_error("{}: contains the key {} twice", where_, json_excerpt(value));
    return true;
  }

 private:
  const std::string& where_;
  std::vector<std::set<std::string>> keys_;  // keys of the objects around the current place
};

template <class AnyJson>
std::string excerpt_of(const AnyJson& value) {
  static constexpr std::size_t kLongest = 200;
  auto text = value.dump(-1, ' ', false, AnyJson::error_handler_t::replace);
  if (text.size() <= kLongest) return text;
  auto end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // within a character
  return text.substr(0, end) + " ...";
}

}  // namespace

Json parse_json(std::string_view text, const std::string& where, const JsonLimits& limits) {
  return parse_source({text, where}, limits);
}

Json parse_json_line(std::string_view line, const std::string& file, std::size_t number) {
  return parse_source({line, file, number}, {});
}

std::optional<Json> try_parse_json(std::string_view text, const JsonLimits& limits) {
  try {
    return parse_source({text, ""}, limits);
  } catch (const Error&) {
    return std::nullopt;
  }
}

SortedJson parse_sorted_json(std::string_view text, const std::string& where, RepeatedKeys repeated) {
  const Source source{text, where};
  check_limits(source, {}, Objects::kTrees);
  return parse_at(source, [&]() -> SortedJson {
    if (repeated == RepeatedKeys::kKeepLast) return SortedJson::parse(text);
    RepeatedKeyCheck check(where);
    return SortedJson::parse(text, [&](int depth, SortedJson::parse_event_t event, SortedJson& value) {
      return check(depth, event, value);
    });
  });
}

Json read_json(const std::filesystem::path& path) {
  std::error_code unknown;  // a size that cannot be read is reported by the reading itself
  const auto size = std::filesystem::file_size(path, unknown);
  if (const JsonLimits limits; !unknown && size > limits.bytes)
    throw data_error("{}: has {} bytes; JSON files are read up to {}", path.string(), size, limits.bytes);
  return parse_json(read_text(path), path.string());
}

void write_json(const std::filesystem::path& path, const Json& value) {
  write_file(path, value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::string json_line(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string json_excerpt(const Json& value) { return excerpt_of(value); }
std::string json_excerpt(const SortedJson& value) { return excerpt_of(value); }

}  // namespace llama32med
