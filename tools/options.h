// The options of a subcommand, declared one by one. A thin face over CLI11, which only options.cpp includes.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/common/progress.h"
#include "app/common/run_config.h"

namespace CLI {
class App;
}

namespace llama32med {

// What every subcommand takes, before or after its name.
struct CommonOptions {
  ConfigSources sources;  // --config, --set, and the options that stand for a config field
  bool json = false, quiet = false;
  std::string log_level = "info";

  ProgressStyle progress() const { return quiet ? ProgressStyle::kNone : ProgressStyle::kAuto; }
};

class Options {
 public:
  Options(CLI::App& app, CommonOptions& common) : app_(&app), common_(&common) {}

  // An option that stands for a config field: text, a number or word as JSON, or a list "a,b".
  void config_text(const std::string& flags, const std::string& path, const std::string& help);
  void config_value(const std::string& flags, const std::string& path, const std::string& help);
  void config_values(const std::string& flags, const std::vector<std::string>& paths,
                     const std::string& help);  // one for all
  void config_list(const std::string& flags, const std::string& path, const std::string& help);

  // An option of the subcommand alone.
  void text(const std::string& flags, std::string& value, const std::string& help);
  void path(const std::string& flags, std::filesystem::path& value, const std::string& help);
  void number(const std::string& flags, std::int64_t& value, const std::string& help);
  void flag(const std::string& flags, bool& value, const std::string& help);
  void list(const std::string& flags, std::vector<std::string>& values, const std::string& help);  // repeated, or a,b
  void words(const std::string& flags, std::vector<std::string>& values,
             const std::string& help);  // repeated, commas kept
  void files(const std::string& flags, std::vector<std::filesystem::path>& values, const std::string& help);  // --x a b

  // Groups that many subcommands share.
  void adapter();  // --adapter
  void model();    // --model, --semantics, --vision-features, --tower

 private:
  CLI::App* app_;
  CommonOptions* common_;
};

}  // namespace llama32med
