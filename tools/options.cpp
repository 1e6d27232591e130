#include "options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <stdexcept>

#include "known_values.h"
#include "llama32med/core/config_json.h"

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
  const auto value = parse_json(field.value, field.path);
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.is_null() ? "" : field.value;
  std::vector<std::string> items;
  for (const auto& item : value) items.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  return join(items, ",");
}

std::string choices_of(const std::vector<std::string>& choices) { return "{" + join(choices, ",") + "}"; }

// {"a", "b"} of "{a,b}" and of "{a,b},...".
std::vector<std::string> choices_in(const std::string& type) {
  const auto end = type.find('}');
  if (!type.starts_with("{") || end == type.npos) return {};
  return split(type.substr(1, end - 1), ',');
}

Argument argument_of(const std::string& type) {
  if (type.empty()) return Argument::kNone;
  if (type.starts_with("FILE") || type.starts_with("PATH")) return Argument::kFile;
  return type.starts_with("DIR") ? Argument::kFolder : Argument::kText;
}

Values values_of(const std::string& type) {
  if (type.ends_with(",...")) return Values::kList;
  return type.ends_with(" ...") ? Values::kSeveral : Values::kOne;
}

}  // namespace

Options Options::action(const std::string& name, std::string& chosen, const std::string& help) {
  auto* sub = app_->add_subcommand(name, help);
  sub->fallthrough();
  sub->callback([&chosen, name] { chosen = name; });
  return {*sub, *common_, text_->commands.emplace_back(CommandText{text_->name + " " + name, help})};
}

OptionText& Options::describe(const std::string& flags, const std::string& type, const std::string& help,
                              const std::string& value) {
  return text_->options.emplace_back(OptionText{.group = group_,
                                                .names = flags,
                                                .type = type,
                                                .value = value,
                                                .help = help,
                                                .choices = choices_in(type),
                                                .argument = argument_of(type),
                                                .values = values_of(type)});
}

void Options::known(std::vector<std::string> values) { text_->options.back().choices = std::move(values); }

void Options::config_option(const std::string& flags, const ConfigField& field, const std::string& type,
                            const std::string& help) {
  auto& sources = common_->sources;
  const auto add = [&sources, field, flags](const std::string& value) {
    sources.flags[field.path] = flags + " " + value;
    if (is_json(field))
      sources.options.push_back(field.path + "=" + value);
    else
      sources.texts.emplace_back(field.path, value);
  };
  const auto add_all = [&sources, field, flags](const std::vector<std::string>& values) {
    sources.flags[field.path] = flags + " " + join(values, ",");
    sources.options.push_back(field.path + "=" + json_line(values));
  };
  if (is_list(field))
    app_->add_option_function<std::vector<std::string>>(flags, add_all)->delimiter(',')->allow_extra_args();
  else
    app_->add_option_function<std::string>(flags, add);
  auto& text = describe(flags, type, help.empty() ? field.help : help, default_of(field));
  const auto known_field = field_text(field);
  if (!known_field.values.empty()) text.choices = known_field.values;
  if (text.argument == Argument::kText) text.argument = known_field.argument;
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
  app_->add_option_function<std::string>("--seed", add);
  describe("--seed", "INT", "seed of sampling and training", "0");
}

void Options::config_files_and_assignments() {
  app_->add_option("--config", common_->sources.files)->allow_extra_args(false);
  describe("--config", "FILE",
           "configuration: JSON with comments; repeatable, a later file overrides an earlier one; --help-config lists "
           "the fields");
  app_->add_option("--set", common_->sources.assignments)->allow_extra_args(false);
  describe("--set", "SECTION.NAME=VALUE", "set one field of the configuration; repeatable, overrides files and options")
      .argument = Argument::kField;
}

void Options::text(const std::string& flags, std::string& value, const std::string& help) {
  app_->add_option(flags, value);
  describe(flags, "TEXT", help, value);
}

void Options::choice(const std::string& flags, std::string& value, const std::vector<std::string>& choices,
                     const std::string& help) {
  app_->add_option(flags, value);
  describe(flags, choices_of(choices), help, value);
}

void Options::prompt(const std::string& flags, std::string& value, const std::string& help) {
  text(flags, value, help);
  text_->options.back().argument = Argument::kFile;
  known(prompts_that_ship());
}

void Options::file(const std::string& flags, std::filesystem::path& value, const std::string& help,
                   const std::string& type) {
  app_->add_option(flags, value);
  describe(flags, type, help);
}

void Options::folder(const std::string& flags, std::filesystem::path& value, const std::string& help) {
  app_->add_option(flags, value);
  describe(flags, "DIR", help);
}

void Options::number(const std::string& flags, std::int64_t& value, const std::string& help) {
  app_->add_option(flags, value);
  describe(flags, "INT", help, std::to_string(value));
}

void Options::flag(const std::string& flags, bool& value, const std::string& help) {
  app_->add_flag(flags, value);
  describe(flags, "", help);
}

void Options::list(const std::string& flags, std::vector<std::string>& values, const std::string& help,
                   const std::string& type) {
  app_->add_option(flags, values)->delimiter(',')->allow_extra_args();
  describe(flags, type, help);
}

void Options::list_of_any(const std::string& flags, std::vector<std::string>& values, const std::string& help,
                          const std::string& type) {
  app_->add_option(flags, values)->allow_extra_args();
  describe(flags, type, help);
}

void Options::words(const std::string& flags, std::vector<std::string>& values, const std::string& help) {
  app_->add_option(flags, values)->allow_extra_args(false);
  describe(flags, "TEXT", help);
}

void Options::files(const std::string& flags, std::vector<std::filesystem::path>& values, const std::string& help) {
  app_->add_option(flags, values)->allow_extra_args();
  describe(flags, "FILE ...", help);
}

void Options::folders(const std::string& flags, std::vector<std::filesystem::path>& values, const std::string& help) {
  app_->add_option(flags, values)->allow_extra_args();
  describe(flags, "DIR ...", help);
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
