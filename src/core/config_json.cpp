#include "llama32med/core/config_json.h"

#include <cmath>

namespace llama32med {
namespace {

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

// The value of 8, 8.0 or 8e0. Floating-point numbers are exact up to 9e15.
std::optional<std::int64_t> whole_number_of(const Json& json) {
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (!json.is_number_float()) return std::nullopt;
  const auto number = json.get<double>();
  const bool exact = number == std::floor(number) && std::abs(number) < 9e15;
  return exact ? std::optional(static_cast<std::int64_t>(number)) : std::nullopt;
}

bool is_passed_on(const ConfigProblem& problem, const ConfigProblem& from) {
  return problem.text == from.text && problem.path.ends_with("." + from.path);
}

}  // namespace

ConfigAssignment parse_assignment(const std::string& text) {
  constexpr std::ptrdiff_t kDeepest = 32;  // sections in a path, far more than a config has; each is a level of JSON
  const auto mark = text.find('=');
  if (mark == text.npos || mark == 0) throw usage_error("--set {}: write it as section.name=value", text);
  ConfigAssignment assignment{.path = text.substr(0, mark)};
  if (std::ranges::count(assignment.path, '.') > kDeepest)
    throw usage_error("--set {}...: the path has more than {} sections", text.substr(0, 60), kDeepest);
  const auto value = text.substr(mark + 1);
  assignment.value = try_parse_json(value).value_or(value);
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
  if (!json.is_boolean()) return problem(path, "must be true or false, not " + json_excerpt(json));
  return value = json.get<bool>(), true;
}

bool ConfigReader::read_plain(const Json& json, std::int64_t& value, const std::string& path) {
  if (const auto whole = whole_number_of(json)) return value = *whole, true;
  if (json.is_number() && std::trunc(json.get<double>()) == json.get<double>())
    return problem(path,
                   fmt::format("must be a whole number from {} to {}, not {}", INT64_MIN, INT64_MAX, json.dump()));
  return problem(path, "must be a whole number, not " + json_excerpt(json));
}

bool ConfigReader::read_plain(const Json& json, double& value, const std::string& path) {
  if (!json.is_number()) return problem(path, "must be a number, not " + json_excerpt(json));
  return value = json.get<double>(), true;
}

bool ConfigReader::read_plain(const Json& json, std::string& value, const std::string& path) {
  if (!json.is_string()) return problem(path, "must be text in quotes, not " + json_excerpt(json));
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
