#include "app/eval/score.h"

#include <fmt/format.h>

#include "command.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/text_table.h"
#include "llama32med/vectors/vectors.h"
#include "print.h"

namespace llama32med {
namespace {

Json vectors_json(const std::vector<VectorResult>& results) {
  Json list = Json::array();
  for (const auto& result : results)
    list.push_back({{"id", result.id},
                    {"protocol", result.protocol},
                    {"metric", result.metric},
                    {"value", result.value.empty() ? Json() : parse_json(result.value, "value")},
                    {"expected", parse_json(result.expected, "expected")},
                    {"agrees", result.agrees},
                    {"problem", result.problem}});
  return list;
}

std::string vectors_text(const std::vector<VectorResult>& results) {
  TextTable table({Align::kLeft, Align::kLeft, Align::kLeft, Align::kLeft, Align::kLeft});
  table.add_row({"id", "metric", "value", "expected", ""});
  table.add_rule();
  for (const auto& result : results)
    table.add_row({result.id, result.protocol + " " + result.metric, result.problem.empty() ? result.value : "-",
                   result.expected,
                   result.agrees            ? ""
                   : result.problem.empty() ? "differs"
                                            : result.problem});
  return table.text();
}

void run_vector_file(const std::filesystem::path& file, const CommonOptions& common) {
  const auto results = run_vectors(file);
  const auto differing = std::count_if(results.begin(), results.end(), [](const auto& r) { return !r.agrees; });
  if (common.json) {
    print_text("{}\n", json_line(vectors_json(results)));
  } else {
    print_text("{}{} of {} agree\n", vectors_text(results), results.size() - static_cast<std::size_t>(differing),
               results.size());
  }
  if (differing > 0)
    throw data_error("{}: {} of {} vectors differ from their expected value", file.string(), differing, results.size());
}

class ScoreCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.group("Predictions");
    options.file(
        "--predictions", predictions_,
        "answers by id: predictions.jsonl of eval, JSON lines {question_id, text} or {id, prediction}, or CSV");
    options.text("--prediction-key", keys_.text, "column or key of the model's answers; without it, found by its name");
    options.text("--id-key", keys_.id, "column or key of the ids; without it, found by its name");
    options.group("Data");
    options.config(
        "--dataset", "data.name",
        "dataset that was answered: vqa_rad, slake, path_vqa, rocov2 or records; without it, the predictions "
        "must contain question and reference");
    options.config_folder("--data", "data.folder",
                          "folder of the dataset, in its official layout; images are optional");
    options.config("--split", "data.split");
    options.choice("--join", join_, enum_names<JoinBy>(),
                   "what matches predictions and records: id, or question (with its reference) for copies of a dataset "
                   "that have other ids or none");
    options.flag("--partial", partial_, "leave out records without a prediction instead of reporting an error");
    options.group("Scoring and output");
    options.config("--protocol", "report.protocols");
    options.flag("--truncate", truncate_, "truncate percentages instead of rounding them, as some papers do");
    options.folder("--out", out_, "folder for reports and for predictions.jsonl with the scores of every item");
    options.group("Self-check");
    options.file("--vectors", vectors_, "run this file of test vectors instead, and compare with the expected values");
  }

  void run(const CommonOptions& common) override {
    if (!vectors_.empty()) return run_vector_file(vectors_, common);
    const auto outcome =
        score_file({.config = config(common).config,
                    .predictions = predictions_,
                    .keys = keys_,
                    .join = parse_enum<JoinBy>("--join", join_),
                    .coverage = partial_ ? Coverage::kPartial : Coverage::kComplete,
                    .out = out_,
                    .sections = common.json || !out_.empty() ? ReportSections::kAll : ReportSections::kScores});
    if (common.json) {
      print_text("{}\n", json_line(outcome.report));
      return;
    }
    print_text("{}", score_table_text(outcome.table, truncate_ ? Rounding::kTruncate : Rounding::kHalfUp));
    if (!out_.empty()) print_text("\nreport  {}\n", (out_ / "report.html").string());
  }

 private:
  std::filesystem::path predictions_, out_, vectors_;
  PredictionKeys keys_;
  std::string join_ = "id";
  bool partial_ = false, truncate_ = false;
};

}  // namespace

std::unique_ptr<Command> make_score_command() { return std::make_unique<ScoreCommand>(); }

}  // namespace llama32med
