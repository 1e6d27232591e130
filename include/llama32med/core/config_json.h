// Config structs (config_fields.h) to and from JSON.
#pragma once
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/core/json_file.h"
#include "llama32med/core/json_fwd.h"

namespace llama32med {

// The command line's --set a.b=c. The value is JSON if it parses as JSON, else a string.
struct ConfigAssignment {
  std::string path;
  Json value;
};
ConfigAssignment parse_assignment(const std::string& text);

// ---- config <- JSON ------------------------------------------------------------------------------------------------

struct ConfigProblem {
  std::string path, text;
  std::vector<std::string> known = {};  // for an unknown key: the keys of its section
};

// Collects every problem in a config, so that one error can list them all.
class ConfigReader {
 public:
  ConfigReader(const Json& json, std::string path, std::vector<ConfigProblem>& problems)
      : json_(json), path_(std::move(path)), problems_(problems) {}

  template <class Value, class... Rules>
  void operator()(const char* name, Value& value, const char* /*help*/, const Rules&... rules) {
    known_.emplace_back(name);
    const auto found = json_.find(name);  // the end if it is not an object
    if (found == json_.end()) return;
    const auto path = path_.empty() ? std::string(name) : path_ + "." + name;
    if (read(*found, value, path)) (check(value, rules, path), ...);
  }

  void finish() const;  // reports unknown keys

 private:
  template <class Value, class Rule>
  void check(const Value& value, const Rule& rule, const std::string& path) {
    if constexpr (IsOptional<Value>::value) {
      if (value) check(*value, rule, path);
    } else if constexpr (IsMap<Value>::value && std::is_same_v<Rule, InRange>) {
      for (const auto& [key, item] : value) check(item, rule, path + "." + key);
    } else if (const auto complaint = rule.complain(value); !complaint.empty()) {
      problem(path, complaint);
    }
  }

  template <class Value>
  bool read(const Json& json, Value& value, const std::string& path) {
    if constexpr (Described<Value>) {
      ConfigReader inner(json, path, problems_);
      if (!json.is_object()) return problem(path, "must be an object {...}, not " + json_excerpt(json));
      Value::describe(value, inner);
      inner.finish();
      return true;
    } else if constexpr (IsOptional<Value>::value) {
      if (json.is_null()) return value.reset(), true;
      typename Value::value_type inner{};
      return read(json, inner, path) && (value = inner, true);
    } else if constexpr (IsVector<Value>::value) {
      return read_list(json, value, path);
    } else if constexpr (IsMap<Value>::value) {
      return read_map(json, value, path);
    } else if constexpr (std::is_same_v<Value, TextOrList>) {
      return read_text_or_list(json, value, path);
    } else if constexpr (std::is_enum_v<Value>) {
      const auto names = enum_names<Value>();
      const auto text = json.is_string() ? json.get<std::string>() : json_excerpt(json);
      if (const auto found = enum_from_name<Value>(text)) return value = *found, true;
      return problem(path,
                     fmt::format("\"{}\" is not one of {}{}", text, join(names, ", "), did_you_mean(text, names)));
    } else if constexpr (std::is_same_v<Value, std::filesystem::path>) {
      if (!json.is_string()) return problem(path, "must be a path in quotes, not " + json_excerpt(json));
      return value = json.get<std::string>(), true;
    } else {
      return read_plain(json, value, path);
    }
  }

  template <class Item>
  bool read_list(const Json& json, std::vector<Item>& list, const std::string& path) {
    if (!json.is_array()) return problem(path, "must be a list [...], not " + json_excerpt(json));
    list.clear();
    for (std::size_t i = 0; i < json.size(); ++i) {
      Item item{};
      if (!read(json[i], item, fmt::format("{}[{}]", path, i))) return false;
      list.push_back(std::move(item));
    }
    return true;
  }

  template <class Item>
  bool read_map(const Json& json, std::map<std::string, Item>& map, const std::string& path) {
    if (!json.is_object()) return problem(path, "must be an object {...}, not " + json_excerpt(json));
    map.clear();
    for (const auto& [key, inner] : json.items())
      if (!read(inner, map[key], path + "." + key)) return false;
    return true;
  }

  bool read_text_or_list(const Json& json, TextOrList& value, const std::string& path) {
    if (json.is_string()) return value = json.get<std::string>(), true;
    if (!json.is_array()) return problem(path, "must be a string or a list [...], not " + json_excerpt(json));
    return read_list(json, value.emplace<std::vector<std::string>>(), path);
  }

  bool read_plain(const Json& json, bool& value, const std::string& path);
  bool read_plain(const Json& json, std::int64_t& value, const std::string& path);
  bool read_plain(const Json& json, double& value, const std::string& path);
  bool read_plain(const Json& json, std::string& value, const std::string& path);
  bool problem(const std::string& path, const std::string& text);  // always false

  const Json& json_;
  std::string path_;
  std::vector<ConfigProblem>& problems_;
  std::vector<std::string> known_;
};

// ---- config -> JSON ------------------------------------------------------------------------------------------------

enum class WrittenFields { kAll, kDeciding };  // kDeciding: without those marked Effort
class ConfigWriter {
 public:
  explicit ConfigWriter(WrittenFields fields = WrittenFields::kAll) : fields_(fields) {}

  template <class Value, class... Rules>
  void operator()(const char* name, const Value& value, const char* /*help*/, const Rules&...) {
    if (kDecidesResults<Rules...> || fields_ == WrittenFields::kAll) json_[name] = to_json(value);
  }
  Json take() { return std::move(json_); }

 private:
  template <class Value>
  Json to_json(const Value& value) const {
    if constexpr (Described<Value>) {
      ConfigWriter inner(fields_);
      Value::describe(value, inner);
      return inner.take();
    } else if constexpr (IsOptional<Value>::value) {
      return value ? to_json(*value) : Json();
    } else if constexpr (IsVector<Value>::value) {
      Json list = Json::array();
      for (const auto& item : value) list.push_back(to_json(item));
      return list;
    } else if constexpr (IsMap<Value>::value) {
      Json object = Json::object();
      for (const auto& [key, item] : value) object[key] = to_json(item);
      return object;
    } else if constexpr (std::is_same_v<Value, TextOrList>) {
      return std::visit([&](const auto& held) { return to_json(held); }, value);
    } else if constexpr (std::is_enum_v<Value>) {
      return enum_name(value);
    } else if constexpr (std::is_same_v<Value, std::filesystem::path>) {
      return value.string();
    } else {
      return value;
    }
  }
  WrittenFields fields_;
  Json json_ = Json::object();
};

template <Described Config>
Json write_config(const Config& config, WrittenFields fields = WrittenFields::kAll) {
  ConfigWriter writer(fields);
  Config::describe(config, writer);
  return writer.take();
}

// What makes two runs of a config the same: all of its fields but those marked Effort, or all of them in the named
// sections.
template <Described Config>
Json identity_of(const Config& config, std::initializer_list<const char*> sections = {}) {
  auto all = write_config(config, WrittenFields::kDeciding);
  if (sections.size() == 0) return all;
  Json named = Json::object();
  for (const auto* section : sections) named[section] = std::move(all.at(section));
  return named;
}

// ---- config -> reference page --------------------------------------------------------------------------------------

// How a value is written: INT, NUMBER, TEXT, PATH, BOOL, {a,b} of an enum, [..] of a list, {NAME: ..} of a map.
template <class Value>
std::string config_type() {
  if constexpr (IsOptional<Value>::value) {
    return config_type<typename Value::value_type>();
  } else if constexpr (IsVector<Value>::value) {
    if constexpr (Described<typename Value::value_type>)
      return "[{...}]";
    else
      return fmt::format("[{}]", config_type<typename Value::value_type>());
  } else if constexpr (IsMap<Value>::value) {
    return fmt::format("{{NAME: {}}}", config_type<typename Value::mapped_type>());
  } else if constexpr (std::is_enum_v<Value>) {
    return fmt::format("{{{}}}", join(enum_names<Value>(), ","));
  } else if constexpr (std::is_same_v<Value, TextOrList>) {
    return "TEXT or [TEXT]";
  } else if constexpr (std::is_same_v<Value, std::filesystem::path>) {
    return "PATH";
  } else if constexpr (std::is_same_v<Value, bool>) {
    return "BOOL";
  } else if constexpr (std::is_same_v<Value, std::int64_t>) {
    return "INT";
  } else {
    return std::is_same_v<Value, double> ? "NUMBER" : "TEXT";
  }
}

struct ConfigField {
  std::string path;   // "generate.seed"
  std::string type;   // config_type(); "" for a section, whose fields follow
  std::string value;  // default as JSON; "" for a section
  std::string help;
  bool decides_results = true;  // false: marked Effort
};

class ConfigLister {
 public:
  ConfigLister(std::string path, std::vector<ConfigField>& fields) : path_(std::move(path)), fields_(fields) {}

  template <class Value, class... Rules>
  void operator()(const char* name, const Value& value, const char* help, const Rules&...) {
    const auto path = path_.empty() ? std::string(name) : path_ + "." + name;
    if constexpr (Described<Value>) {
      list_section(path, value, help);
    } else if constexpr (IsOptional<Value>::value && Described<typename IsOptional<Value>::Inner>) {
      list_section(path, typename IsOptional<Value>::Inner{}, help);  // absent by default: its fields' own defaults
    } else {
      ConfigWriter writer;
      writer("value", value, "");
      fields_.push_back({path, config_type<Value>(), writer.take()["value"].dump(), help, kDecidesResults<Rules...>});
    }
  }

 private:
  template <class Section>
  void list_section(const std::string& path, const Section& section, const char* help) {
    fields_.push_back({path, "", "", help});
    Section::describe(section, ConfigLister(path, fields_));
  }

  std::string path_;
  std::vector<ConfigField>& fields_;
};

// Every section and field with its default, in the order in which the structs describe them.
template <Described Config>
std::vector<ConfigField> list_config(const Config& config) {
  std::vector<ConfigField> fields;
  Config::describe(config, ConfigLister("", fields));
  return fields;
}

// The paths of all fields, without sections.
template <Described Config>
std::vector<std::string> field_paths(const Config& config) {
  std::vector<std::string> paths;
  for (const auto& field : list_config(config))
    if (!field.type.empty()) paths.push_back(field.path);
  return paths;
}

// ---- config <- JSON, with all problems in one error ----------------------------------------------------------------

// Throws Error{kUsage}. For an unknown key it suggests the fields of `known` with that name, or the nearest name. A
// problem that one section passes on to another ("train.epochs" to "stage1.train.epochs") is listed once.
[[noreturn]] void refuse_problems(std::vector<ConfigProblem> problems, const ConfigOrigin& origin,
                                  const std::vector<std::string>& known);

// Fields without a key keep their value. Throws one Error{kUsage} that lists all problems, each with its origin:
// unknown keys (with the nearest known one), wrong types, values that break a rule.
template <Described Config>
void read_config(const Json& json, Config& config, const ConfigOrigin& origin) {
  std::vector<ConfigProblem> problems;
  ConfigReader reader(json, "", problems);
  Config::describe(config, reader);
  reader.finish();
  if (!problems.empty()) refuse_problems(std::move(problems), origin, field_paths(config));
}

template <Described Config>
void read_config(const Json& json, Config& config, const std::string& where) {
  if (!json.is_object()) throw usage_error("{}: a config must be an object {{...}}", where);
  read_config(json, config, [&](const std::string&) { return where; });
}

}  // namespace llama32med
