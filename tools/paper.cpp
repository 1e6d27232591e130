#include "app/paper/paper.h"

#include <fmt/format.h>

#include "app/common/stop_signal.h"
#include "command.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

class PaperCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.group("Experiments");
    options.folder("--out", out_,
                   "folder of all experiments (default: the config's); the same command resumes an interrupted run");
    options.folder("--data", data_,
                   "folder of the datasets rocov2, slake, vqa_rad and path_vqa (default: the config's)");
    options.list("--only", only_, "run only these experiments");
    options.flag("--fresh", fresh_, "discard what earlier runs of these experiments left in --out and start over");
    options.flag("--compare", compare_only_, "compare the existing runs without running anything");
    options.model();
  }

  void run(const CommonOptions& common) override {
    if (common.sources.files.size() != 1)
      throw usage_error("paper: give one --config FILE, such as configs/paper.json or configs/paper_ci.json");
    watch_stop_signals();
    PaperRequest request{.config = common.sources.files.front(),
                         .out = out_,
                         .data = data_,
                         .common = common.sources,
                         .only = only_,
                         .compare_only = compare_only_,
                         .resume = fresh_ ? Resume::kFresh : Resume::kAuto,
                         .progress = common.progress()};
    request.common.files.clear();
    const auto outcome = run_paper(request);
    if (common.json)
      fmt::print("{}\n", json_line(paper_outcome_json(outcome)));
    else
      fmt::print("{}\nreport  {}\n", outcome.text, (outcome.out / "paper.md").string());
  }

 private:
  std::filesystem::path out_, data_;
  std::vector<std::string> only_;
  bool compare_only_ = false, fresh_ = false;
};

}  // namespace

std::unique_ptr<Command> make_paper_command() { return std::make_unique<PaperCommand>(); }

}  // namespace llama32med
