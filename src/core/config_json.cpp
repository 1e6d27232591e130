#include "llama32med/core/config_json.h"

#include <cmath>

#include "llama32med/core/files.h"
#include "llama32med/core/text_file.h"

namespace llama32med {
namespace {

struct Place {
  std::size_t line, column;
};

Place place_of(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, std::min(byte, text.size()));
  const auto line_start = before.rfind('\n');
  return {1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')),
          line_start == before.npos ? before.size() : before.size() - line_start - 1};
}

// Values are copied and written recursively: a text nested 100,000 levels deep would overflow the stack.
constexpr std::size_t kDeepest = 500;

void refuse_deep_nesting(std::string_view text, const std::string& where) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepest)
        throw data_error("{}:{}: nested more than {} levels deep", where, place_of(text, i).line, kDeepest);
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
}

// ---- suggestions for unknown keys ----------------------------------------------------------------------------------

std::string name_in(const std::string& path) { return path.substr(path.rfind('.') + 1); }  // npos + 1 is 0

std::string initials_of(const std::string& name) {  // learning_rate: lr
  std::string initials;
  for (const auto& word : split(name, '_')) initials += word.substr(0, 1);
  return initials;
}

std::vector<std::string> fields_named(const std::string& name, const std::vector<std::string>& known) {
  std::vector<std::string> found;
  for (const auto& path : known)
    if (const auto field = name_in(path); field == name || initials_of(field) == name) found.push_back(path);
  return found;
}

// Selects among fields with the same name: those in the section that was typed, otherwise without their repetitions in
// other sections. Fields of outer sections come first.
std::vector<std::string> closest_to(const std::string& typed, const std::vector<std::string>& fields) {
  const auto section = typed.substr(0, typed.find('.')) + ".";
  std::vector<std::string> inside, rest;
  for (const auto& path : fields) {
    if (path.starts_with(section)) inside.push_back(path);
    const bool repeated =
        std::any_of(fields.begin(), fields.end(), [&](const auto& other) { return path.ends_with("." + other); });
    if (!repeated) rest.push_back(path);
  }
  auto& chosen = inside.empty() ? rest : inside;
  std::ranges::stable_sort(chosen, {}, [](const std::string& path) { return std::ranges::count(path, '.'); });
  return chosen;
}

std::string suggestion(const ConfigProblem& problem, const std::vector<std::string>& known) {
  constexpr std::size_t kMost = 3;
  const auto name = name_in(problem.path);
  auto found = closest_to(problem.path, fields_named(name, known));
  if (found.empty()) {
    if (const auto sibling = nearest_name(name, problem.known); !sibling.empty())
      return fmt::format(" (did you mean \"{}{}\"?)", problem.path.substr(0, problem.path.rfind('.') + 1), sibling);
    std::vector<std::string> names;
    for (const auto& path : known) names.push_back(name_in(path));
    found = closest_to(problem.path, fields_named(nearest_name(name, names), known));
  }
  if (found.empty()) return "";
  found.resize(std::min(found.size(), kMost));
  return fmt::format(" (did you mean \"{}\"?)", join(found, "\" or \""));
}

bool is_passed_on(const ConfigProblem& problem, const ConfigProblem& from) {
  return problem.text == from.text && problem.path.ends_with("." + from.path);
}

}  // namespace

Json parse_json(std::string_view text, const std::string& where) {
  refuse_deep_nesting(text, where);
  try {
    return Json::parse(text, nullptr, /*allow_exceptions=*/true, /*ignore_comments=*/true);
  } catch (const Json::parse_error& error) {
    const auto place = place_of(text, error.byte);
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ..."
    std::string why = error.what();
    if (const auto at = why.find("syntax error"); at != why.npos) why = why.substr(at);
    throw data_error("{}:{}:{}: not valid JSON: {}", where, place.line, std::max<std::size_t>(place.column, 1), why);
  } catch (const Json::out_of_range& error) {  // "[json.exception.out_of_range.406] number overflow parsing '1e999'"
    const std::string why = error.what();
    throw data_error("{}: not valid JSON: {}", where, why.substr(std::min(why.size(), why.find("] ") + 2)));
  }
}

Json read_json(const std::filesystem::path& path) { return parse_json(read_text(path), path.string()); }

void write_json(const std::filesystem::path& path, const Json& value) {
  write_file(path, value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::string json_line(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

ConfigAssignment parse_assignment(const std::string& text) {
  const auto mark = text.find('=');
  if (mark == text.npos || mark == 0) throw usage_error("--set {}: write it as section.name=value", text);
  ConfigAssignment assignment{.path = text.substr(0, mark)};
  const auto value = text.substr(mark + 1);
  assignment.value = Json::parse(value, nullptr, /*allow_exceptions=*/false);
  if (assignment.value.is_discarded()) assignment.value = value;
  return assignment;
}

void ConfigReader::finish() const {
  if (!json_.is_object()) return;
  for (const auto& [key, value] : json_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    problems_.push_back({path_.empty() ? key : path_ + "." + key, "unknown key", known_});
  }
}

bool ConfigReader::problem(const std::string& path, const std::string& text) {
  problems_.push_back({path, text});
  return false;
}

bool ConfigReader::read_plain(const Json& json, bool& value, const std::string& path) {
  if (!json.is_boolean()) return problem(path, "must be true or false, not " + json.dump());
  return value = json.get<bool>(), true;
}

bool ConfigReader::read_plain(const Json& json, std::int64_t& value, const std::string& path) {
  const bool whole =
      json.is_number_integer() || (json.is_number_float() && json.get<double>() == std::floor(json.get<double>()) &&
                                   std::abs(json.get<double>()) < 9e15);
  if (!whole) return problem(path, "must be a whole number, not " + json.dump());
  return value = json.get<std::int64_t>(), true;
}

bool ConfigReader::read_plain(const Json& json, double& value, const std::string& path) {
  if (!json.is_number()) return problem(path, "must be a number, not " + json.dump());
  return value = json.get<double>(), true;
}

bool ConfigReader::read_plain(const Json& json, std::string& value, const std::string& path) {
  if (!json.is_string()) return problem(path, "must be text in quotes, not " + json.dump());
  return value = json.get<std::string>(), true;
}

void refuse_problems(std::vector<ConfigProblem> problems, const ConfigOrigin& origin,
                     const std::vector<std::string>& known) {
  std::vector<std::pair<std::string, std::vector<std::string>>> texts;  // by origin, in the order of the problems
  for (std::size_t i = 0; i < problems.size(); ++i) {
    const auto& problem = problems[i];
    const auto where = origin(problem.path);
    const auto is_repeated = [&](const ConfigProblem& other) {
      return is_passed_on(problem, other) && origin(other.path) == where;
    };
    if (std::any_of(problems.begin(), problems.begin() + static_cast<std::ptrdiff_t>(i), is_repeated)) continue;
    const auto text =
        fmt::format("{}: {}{}", problem.path, problem.text, problem.known.empty() ? "" : suggestion(problem, known));
    const auto place =
        std::find_if(texts.begin(), texts.end(), [&](const auto& entry) { return entry.first == where; });
    if (place == texts.end())
      texts.push_back({where, {text}});
    else
      place->second.push_back(text);
  }
  std::vector<std::string> lines;
  for (const auto& [where, list] : texts) lines.push_back((where.empty() ? "" : where + ": ") + join(list, "; "));
  throw usage_error("{}", join(lines, "; "));
}

}  // namespace llama32med
