#include "app/eval/report.h"

#include <fmt/format.h>

#include "command.h"
#include "llama32med/core/config_json.h"

namespace llama32med {
namespace {

class ReportCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.files("RUN", request_.runs, "folders that eval or score --out left");
    options.text("--protocol", request_.protocol, "what the runs are compared by; the first that all were scored by");
    options.path("--out", request_.out, "folder for report.json, report.md and report.html");
  }

  void run(const CommonOptions& common) override {
    const auto outcome = report_runs(request_);
    if (common.json)
      fmt::print("{}\n", json_line({{"comparisons", comparisons_json(outcome.comparisons)},
                                    {"page", (request_.out / "report.html").string()}}));
    else
      fmt::print("{}\nreport  {}\n", outcome.text, (request_.out / "report.html").string());
  }

 private:
  ReportingRequest request_;
};

}  // namespace

std::unique_ptr<Command> make_report_command() { return std::make_unique<ReportCommand>(); }

}  // namespace llama32med
