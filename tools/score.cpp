#include <fmt/format.h>

#include "command.h"
#include "llama32med/app/scoring.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"

namespace llama32med {
namespace {

class ScoreCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.path("--predictions", predictions_,
                 "answers by id: our predictions.jsonl, {question_id, text}, {id, prediction}, or csv");
    options.config_text("--dataset", "data.name",
                        "what they answer: vqa_rad, slake, path_vqa, rocov2 or records; without it the file must hold "
                        "its own question and reference");
    options.config_text("--data", "data.folder",
                        "the dataset's folder, in its official layout; images need not be there");
    options.config_text("--split", "data.split", "test unless told otherwise");
    options.config_list("--protocol", "eval.protocols", "how to score: paper,strict-em,... or all");
    options.flag("--partial", partial_, "score a part: records without a prediction are left out, not an error");
    options.path("--out", out_, "folder for predictions.jsonl with every item's scores, and reports");
  }

  void run(const CommonOptions& common) override {
    const auto report = score_file({.config = load_run_config(common.sources),
                                    .predictions = predictions_,
                                    .coverage = partial_ ? Coverage::kPartial : Coverage::kComplete,
                                    .out = out_});
    if (common.json) {
      fmt::print("{}\n", json_line(run_report_json(report)));
      return;
    }
    fmt::print("{}", score_table_text(report.scores));
    if (!out_.empty()) fmt::print("\nreport  {}\n", (out_ / "report.md").string());
  }

 private:
  std::filesystem::path predictions_, out_;
  bool partial_ = false;
};

}  // namespace

std::unique_ptr<Command> make_score_command() { return std::make_unique<ScoreCommand>(); }

}  // namespace llama32med
