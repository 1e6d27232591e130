#include "app/paper/paper.h"

#include <fmt/format.h>

#include <cstdlib>

#include "app/common/stop_signal.h"
#include "app/paper/paper_gate.h"
#include "command.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "print.h"

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
    options.flag("--no-plan", no_plan_, "train without checking first that the memory is enough");
    options.group("Continuous integration");
    options.list_of_any("--fail-on", fail_on_,
                        "end with exit code 6 if a cell is outside (of the paper's tolerance and our 95 % interval), "
                        "not-run, or worse-than FILE: its number in FILE, an earlier paper.json, is above our interval "
                        "(without one: above ours by more than the cell's tolerance), or ours is missing",
                        "{outside,not-run,worse-than FILE},...");
    options.file("--summary", summary_,
                 "write the tables as Markdown; without it they are appended to the file in $GITHUB_STEP_SUMMARY");
    options.file("--junit", junit_, "write the cells as JUnit XML; those that --fail-on names are failures");
    options.model();
  }

  void run(const CommonOptions& common) override {
    if (common.sources.files.size() != 1)
      throw usage_error("paper: give one --config FILE, such as configs/paper.json or configs/paper_ci.json");
    const auto fail_on = parse_fail_on(fail_on_);
    watch_stop_signals();
    PaperRequest request{.config = common.sources.files.front(),
                         .out = out_,
                         .data = data_,
                         .common = common.sources,
                         .only = only_,
                         .compare_only = compare_only_,
                         .resume = fresh_ ? Resume::kFresh : Resume::kAuto,
                         .check_memory = no_plan_ ? MemoryCheck::kNone : MemoryCheck::kRefuse,
                         .fail_on = fail_on,
                         .progress = common.progress()};
    request.common.files.clear();
    const auto outcome = run_paper(request);
    if (common.json)
      print_text("{}\n", json_line(paper_outcome_json(outcome)));
    else
      print_text("{}\nreport  {}\n", outcome.text, (outcome.out / "paper.md").string());
    write_for_servers(outcome);
  }

 private:
  // Throws Error{kGate} last, when everything is written.
  void write_for_servers(const PaperOutcome& outcome) const {
    const auto failures = failures_text(outcome);
    const auto summary = failures.empty() ? outcome.markdown : fmt::format("**{}**\n\n{}", failures, outcome.markdown);
    if (!summary_.empty())
      write_file(summary_, summary);
    else if (const char* file = std::getenv("GITHUB_STEP_SUMMARY"); file && *file)
      LineWriter(file).write(summary);
    if (!junit_.empty()) write_file(junit_, outcome.junit);
    if (!failures.empty()) throw Error(ErrorKind::kGate, fmt::format("paper: {}", failures));
  }

  std::filesystem::path out_, data_, summary_, junit_;
  std::vector<std::string> only_, fail_on_;
  bool compare_only_ = false, fresh_ = false, no_plan_ = false;
};

}  // namespace

std::unique_ptr<Command> make_paper_command() { return std::make_unique<PaperCommand>(); }

}  // namespace llama32med
