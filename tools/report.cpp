#include "app/eval/report.h"

#include <fmt/format.h>

#include "command.h"
#include "llama32med/core/config_json.h"
#include "print.h"

namespace llama32med {
namespace {

class ReportCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.folders("RUN", request_.runs, "folders written by eval or score with --out");
    options.text("--protocol", request_.protocol,
                 "protocol to compare the runs by; without it, the first one that all of them share");
    options.folder(
        "--data", request_.data,
        "folder of the images, for a page that does not show them: those outside of a run's folder are shown "
        "if it is in this one, or if the run has their SHA-256");
    options.folder("--out", request_.out, "folder for report.json, report.md and report.html");
  }

  void run(const CommonOptions& common) override {
    const auto outcome = report_runs(request_);
    if (common.json)
      print_text("{}\n", json_line({{"comparisons", comparisons_json(outcome.comparisons)},
                                    {"page", (request_.out / "report.html").string()}}));
    else
      print_text("{}\nreport  {}\n", outcome.text, (request_.out / "report.html").string());
  }

 private:
  ReportRunsRequest request_;
};

}  // namespace

std::unique_ptr<Command> make_report_command() { return std::make_unique<ReportCommand>(); }

}  // namespace llama32med
