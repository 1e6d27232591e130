#include "options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <stdexcept>

#include "llama32med/core/config_json.h"
#include "usage.h"

namespace llama32med {
namespace {

const ConfigField& field_at(const std::string& path) {
  static const auto fields = list_config(RunConfig{});
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.path == path; });
  if (found == fields.end()) throw std::logic_error("an option sets \"" + path + "\", which is not a config field");
  return *found;
}

bool is_list(const ConfigField& field) { return field.type.starts_with("["); }

bool is_json(const ConfigField& field) {  // other types are text, even if they look like a number
  return field.type == "INT" || field.type == "NUMBER" || field.type == "BOOL";
}

// [TEXT] of a config is TEXT,... of a command line.
std::string option_type(const ConfigField& field) {
  return is_list(field) ? field.type.substr(1, field.type.size() - 2) + ",..." : field.type;
}

std::string default_of(const ConfigField& field) {
  const auto value = Json::parse(field.value);
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.is_null() ? "" : field.value;
  std::vector<std::string> items;
  for (const auto& item : value) items.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  return join(items, ",");
}

std::string with_default(const std::string& help, const std::string& value) {
  return value.empty() ? help : fmt::format("{} (default: {})", help, value);
}

std::string choices_of(const std::vector<std::string>& choices) { return "{" + join(choices, ",") + "}"; }

}  // namespace

void Options::show(CLI::Option* option, const std::string& type) {
  option->option_text(type);
  option->group(group_);
  option->description(wrapped_help(option->get_description()));
}

void Options::config_option(const std::string& flags, const ConfigField& field, const std::string& type,
                            const std::string& help) {
  auto& sources = common_->sources;
  const auto add = [&sources, field, flags](const std::string& value) {
    sources.flags[field.path] = flags + " " + value;
    if (is_list(field))
      sources.options.push_back(field.path + "=" + Json(split(value, ',')).dump());
    else if (is_json(field))
      sources.options.push_back(field.path + "=" + value);
    else
      sources.texts.emplace_back(field.path, value);
  };
  const auto text = with_default(help.empty() ? field.help : help, default_of(field));
  show(app_->add_option_function<std::string>(flags, add, text), type);
}

void Options::config(const std::string& flags, const std::string& path, const std::string& help) {
  const auto& field = field_at(path);
  config_option(flags, field, option_type(field), help);
}

void Options::config_folder(const std::string& flags, const std::string& path, const std::string& help) {
  config_option(flags, field_at(path), "DIR", help);
}

void Options::seed() {
  auto& sources = common_->sources;
  const auto add = [&sources](const std::string& value) {
    for (const auto* path : {"generate.seed", "train.seed"}) {
      sources.options.push_back(fmt::format("{}={}", path, value));
      sources.flags[path] = "--seed " + value;
    }
  };
  show(app_->add_option_function<std::string>("--seed", add, "seed of sampling and training (default: 0)"), "INT");
}

void Options::config_files_and_assignments() {
  const auto repeated = [&](const char* flags, auto& values, const char* type, const char* help) {
    show(app_->add_option(flags, values, help)->allow_extra_args(false), type);
  };
  repeated("--config", common_->sources.files, "FILE",
           "configuration: JSON with comments; repeatable, a later file overrides an earlier one; --help-config lists "
           "the fields");
  repeated("--set", common_->sources.assignments, "SECTION.NAME=VALUE",
           "set one field of the configuration; repeatable, overrides files and options");
}

void Options::text(const std::string& flags, std::string& value, const std::string& help) {
  show(app_->add_option(flags, value, with_default(help, value)), "TEXT");
}

void Options::choice(const std::string& flags, std::string& value, const std::vector<std::string>& choices,
                     const std::string& help) {
  show(app_->add_option(flags, value, with_default(help, value)), choices_of(choices));
}

void Options::file(const std::string& flags, std::filesystem::path& value, const std::string& help,
                   const std::string& type) {
  show(app_->add_option(flags, value, help), type);
}

void Options::folder(const std::string& flags, std::filesystem::path& value, const std::string& help) {
  show(app_->add_option(flags, value, help), "DIR");
}

void Options::number(const std::string& flags, std::int64_t& value, const std::string& help) {
  show(app_->add_option(flags, value, with_default(help, std::to_string(value))), "INT");
}

void Options::flag(const std::string& flags, bool& value, const std::string& help) {
  show(app_->add_flag(flags, value, help), "");
}

void Options::list(const std::string& flags, std::vector<std::string>& values, const std::string& help,
                   const std::string& type) {
  show(app_->add_option(flags, values, help)->delimiter(',')->allow_extra_args(false), type);
}

void Options::list_of_any(const std::string& flags, std::vector<std::string>& values, const std::string& help,
                          const std::string& type) {
  show(app_->add_option(flags, values, help)->allow_extra_args(), type);
}

void Options::words(const std::string& flags, std::vector<std::string>& values, const std::string& help) {
  show(app_->add_option(flags, values, help)->allow_extra_args(false), "TEXT");
}

void Options::files(const std::string& flags, std::vector<std::filesystem::path>& values, const std::string& help) {
  show(app_->add_option(flags, values, help)->allow_extra_args(), "FILE ...");
}

void Options::folders(const std::string& flags, std::vector<std::filesystem::path>& values, const std::string& help) {
  show(app_->add_option(flags, values, help)->allow_extra_args(), "DIR ...");
}

void Options::adapter() { config_folder("--adapter", "model.adapter", "adapter folder in PEFT format"); }

void Options::model() {
  group("Model");
  config_folder("--model", "model.folder");
  config("--semantics", "model.semantics");
  config("--vision-features", "model.vision_features");
  config("--tower", "model.tower");
}

void Options::dataset() {
  group("Data");
  config("--dataset", "data.name");
  config_folder("--data", "data.folder");
}

}  // namespace llama32med
