#include <fmt/format.h>

#include "command.h"
#include "llama32med/app/data_check.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

class DataCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.text("action", action_, "check: counts, splits, missing and broken images, skipped records, overlaps");
    options.config_text("--dataset", "data.name", "vqa_rad, slake, path_vqa, rocov2 or records");
    options.config_text("--data", "data.folder", "the dataset's folder, in its official layout");
    options.text("--split", split_, "only this split");
    options.config_text("--language", "data.language", "of SLAKE: en, zh or all");
    options.path("--out", out_, "folder for data_report.json");
  }

  void run(const CommonOptions& common) override {
    if (action_.empty()) throw usage_error("data: say what to do: data check");
    if (action_ != "check")
      throw usage_error("data: \"{}\" is not known{}; known is check", action_, did_you_mean(action_, {"check"}));
    const auto config = load_run_config(common.sources).data;
    if (config.name.empty() || config.folder.empty())
      throw usage_error("data check: give --dataset NAME and --data DIR; names are {}", join(dataset_names(), ", "));
    const auto report = check_data({.name = config.name,
                                    .folder = config.folder,
                                    .split = split_,
                                    .language = config.language,
                                    .leaky_rows = LeakyRows::kAllow},
                                   out_);
    if (common.json) {
      fmt::print("{}\n", json_line(data_report_json(report)));
      return;
    }
    fmt::print("{}\nreport  {}\n", data_report_text(report), (out_ / "data_report.json").string());
  }

 private:
  std::string action_, split_;
  std::filesystem::path out_ = ".";
};

}  // namespace

std::unique_ptr<Command> make_data_command() { return std::make_unique<DataCommand>(); }

}  // namespace llama32med
