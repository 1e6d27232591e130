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
    options.path("--out", out_, "folder of all experiments; the same command goes on where it stopped");
    options.path("--data", data_, "folder of the datasets: rocov2, slake, vqa_rad, path_vqa");
    options.list("--only", only_, "these experiments alone: NAME,NAME");
    options.flag("--compare", compare_only_, "run nothing, compare what is there");
    options.model();
  }

  void run(const CommonOptions& common) override {
    if (common.sources.files.size() != 1)
      throw usage_error("paper: give one --config FILE; configs/paper.json and configs/paper_ci.json ship");
    watch_stop_signals();
    PaperRequest request{.config = common.sources.files.front(),
                         .out = out_,
                         .data = data_,
                         .common = common.sources,
                         .only = only_,
                         .compare_only = compare_only_,
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
  bool compare_only_ = false;
};

}  // namespace

std::unique_ptr<Command> make_paper_command() { return std::make_unique<PaperCommand>(); }

}  // namespace llama32med
