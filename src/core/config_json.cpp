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

}  // namespace

Json parse_json(std::string_view text, const std::string& where) {
  try {
    return Json::parse(text, nullptr, /*allow_exceptions=*/true, /*ignore_comments=*/true);
  } catch (const Json::parse_error& error) {
    const auto place = place_of(text, error.byte);
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ..."
    std::string why = error.what();
    if (const auto at = why.find("syntax error"); at != why.npos) why = why.substr(at);
    throw data_error("{}:{}:{}: not valid JSON: {}", where, place.line, std::max<std::size_t>(place.column, 1), why);
  }
}

Json read_json(const std::filesystem::path& path) { return parse_json(read_text(path), path.string()); }

void write_json(const std::filesystem::path& path, const Json& value) {
  write_file(path, value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::string json_line(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

void set_path(Json& json, const std::string& assignment) {
  const auto mark = assignment.find('=');
  if (mark == assignment.npos || mark == 0) throw usage_error("--set {}: write it as section.name=value", assignment);
  const auto text = assignment.substr(mark + 1);
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) value = text;
  Json* at = &json;
  for (const auto& name : split(assignment.substr(0, mark), '.')) {
    if (!at->is_object() && !at->is_null())
      throw usage_error("--set {}: {} is inside a value that is not an object", assignment, name);
    at = &(*at)[name];
  }
  *at = std::move(value);
}

void ConfigReader::finish() const {
  if (!json_.is_object()) return;
  for (const auto& [key, value] : json_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const auto path = path_.empty() ? key : path_ + "." + key;
    problems_.push_back(fmt::format("{}: unknown key{}", path, did_you_mean(key, known_)));
  }
}

bool ConfigReader::problem(const std::string& path, const std::string& text) {
  problems_.push_back(path + ": " + text);
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

}  // namespace llama32med
