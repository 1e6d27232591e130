#include "options.h"

#include <CLI/CLI.hpp>

#include "llama32med/core/config_json.h"

namespace llama32med {

void Options::config_text(const std::string& flags, const std::string& path, const std::string& help) {
  auto* texts = &common_->sources.texts;
  app_->add_option_function<std::string>(
      flags, [texts, path](const std::string& value) { texts->emplace_back(path, value); }, help);
}

void Options::config_value(const std::string& flags, const std::string& path, const std::string& help) {
  config_values(flags, {path}, help);
}

void Options::config_values(const std::string& flags, const std::vector<std::string>& paths, const std::string& help) {
  auto* assignments = &common_->sources.options;
  app_->add_option_function<std::string>(
      flags,
      [assignments, paths](const std::string& value) {
        for (const auto& path : paths) assignments->push_back(path + "=" + value);
      },
      help);
}

void Options::config_list(const std::string& flags, const std::string& path, const std::string& help) {
  auto* assignments = &common_->sources.options;
  app_->add_option_function<std::string>(
      flags,
      [assignments, path](const std::string& value) {
        assignments->push_back(path + "=" + Json(split(value, ',')).dump());
      },
      help);
}

void Options::text(const std::string& flags, std::string& value, const std::string& help) {
  app_->add_option(flags, value, help);
}

void Options::path(const std::string& flags, std::filesystem::path& value, const std::string& help) {
  app_->add_option(flags, value, help);
}

void Options::number(const std::string& flags, std::int64_t& value, const std::string& help) {
  app_->add_option(flags, value, help)->capture_default_str();
}

void Options::flag(const std::string& flags, bool& value, const std::string& help) {
  app_->add_flag(flags, value, help);
}

void Options::list(const std::string& flags, std::vector<std::string>& values, const std::string& help) {
  app_->add_option(flags, values, help)->delimiter(',')->allow_extra_args(false);
}

void Options::words(const std::string& flags, std::vector<std::string>& values, const std::string& help) {
  app_->add_option(flags, values, help)->allow_extra_args(false);
}

void Options::files(const std::string& flags, std::vector<std::filesystem::path>& values, const std::string& help) {
  app_->add_option(flags, values, help)->allow_extra_args();
}

void Options::adapter() { config_text("--adapter", "model.adapter", "adapter folder in PEFT's format"); }

void Options::model() {
  config_text("--model", "model.folder", "Hugging Face folder");
  config_text("--semantics", "model.semantics", "meta (as trained) or hf (as transformers computes)");
  config_text("--vision-features", "model.vision_features", "input (as trained) or output (transformers from 4.56)");
  config_text("--tower", "model.tower", "deduplicated or dense");
}

}  // namespace llama32med
