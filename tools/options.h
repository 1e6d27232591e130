// The options of a subcommand, declared one by one. A thin wrapper of CLI11, which only options.cpp includes.
//
// An option that sets a config field takes its type and default from that field, and its text unless one is given.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/common/progress.h"
#include "app/common/run_config.h"
#include "manual/manual.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace llama32med {

struct ConfigField;

// What every subcommand takes, before or after its name.
struct CommonOptions {
  ConfigSources sources;  // --config, --set, and the options that set a config field
  bool json = false, quiet = false, print_config = false;
  std::string log_level = "info";
  std::vector<std::string> command_line;  // the program as it was called, and its arguments

  ProgressStyle progress() const { return quiet ? ProgressStyle::kNone : ProgressStyle::kAuto; }
};

class Options {
 public:
  // What is declared is parsed by `app` and described in `text`.
  Options(CLI::App& app, CommonOptions& common, CommandText& text) : app_(&app), common_(&common), text_(&text) {}

  // "data check": an action with its own options. `chosen` is set to its name.
  Options action(const std::string& name, std::string& chosen, const std::string& help);

  // Heading under which --help shows the options that are declared next.
  void group(const std::string& title) { group_ = title; }

  // An option that sets the config field at `path`; `config_folder` shows its type as DIR.
  void config(const std::string& flags, const std::string& path, const std::string& help = "");
  void config_folder(const std::string& flags, const std::string& path, const std::string& help = "");
  void seed();                          // --seed of every random choice: generate.seed and train.seed
  void config_files_and_assignments();  // --config, --set

  // An option of the subcommand alone.
  void text(const std::string& flags, std::string& value, const std::string& help);
  void choice(const std::string& flags, std::string& value, const std::vector<std::string>& choices,
              const std::string& help);  // shows the choices; the subcommand checks them
  // A prompt template: a file, or the name of one that ships with the program.
  void prompt(const std::string& flags, std::string& value, const std::string& help);
  // The values that the option declared last is known to take, for --help and shells; any other is accepted as well.
  void known(std::vector<std::string> values);
  void file(const std::string& flags, std::filesystem::path& value, const std::string& help,
            const std::string& type = "FILE");
  void folder(const std::string& flags, std::filesystem::path& value, const std::string& help);
  void number(const std::string& flags, std::int64_t& value, const std::string& help);
  void flag(const std::string& flags, bool& value, const std::string& help);
  // a,b or a b.
  void list(const std::string& flags, std::vector<std::string>& values, const std::string& help,
            const std::string& type = "TEXT,...");
  // Repeated, or several words at once; the subcommand reads the commas.
  void list_of_any(const std::string& flags, std::vector<std::string>& values, const std::string& help,
                   const std::string& type);
  // Repeated, commas kept.
  void words(const std::string& flags, std::vector<std::string>& values, const std::string& help);
  void files(const std::string& flags, std::vector<std::filesystem::path>& values, const std::string& help);  // --x a b
  void folders(const std::string& flags, std::vector<std::filesystem::path>& values, const std::string& help);

  // Groups that many subcommands share.
  void adapter();  // --adapter
  void model();    // --model, --semantics, --vision-features, --tower
  void dataset();  // --dataset, --data

 private:
  void config_option(const std::string& flags, const ConfigField& field, const std::string& type,
                     const std::string& help);
  OptionText& describe(const std::string& flags, const std::string& type, const std::string& help,
                       const std::string& value = "");

  CLI::App* app_;
  CommonOptions* common_;
  CommandText* text_;
  std::string group_ = "Options";
};

}  // namespace llama32med
