#include "app/paper/paper.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

#include "app/common/output_folder.h"
#include "app/common/training_record.h"
#include "app/eval/eval.h"
#include "app/eval/report.h"
#include "app/eval/score.h"
#include "app/paper/junit.h"
#include "app/paper/paper_check.h"
#include "app/paper/paper_gate.h"
#include "app/paper/paper_sources.h"
#include "app/paper/paper_tables.h"
#include "app/train/train.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/json_object.h"
#include "llama32med/core/strings.h"
#include "llama32med/data/phantoms.h"
#include "llama32med/report/caption_metrics.h"
#include "llama32med/report/run_report.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

// Runs the experiments of one paper config in one folder.
class PaperRuns {
 public:
  PaperRuns(const PaperRequest& request, const PaperConfig& config, PaperSlots slots)
      : request_(&request), config_(&config), slots_(std::move(slots)) {}

  void draw_phantoms() const {
    if (!config_->phantoms) return;
    const auto& phantoms = *config_->phantoms;
    const fs::path folder = slots_.fill(phantoms.folder.string());
    if (is_there(folder / "README.md")) return;  // written last
    spdlog::info("generating phantoms in {}", folder.string());
    OutputFolder out(folder, {"data phantoms", is_phantom_set});
    write_phantom_set(
        out.folder(),
        {.seed = static_cast<std::uint64_t>(phantoms.seed), .images = phantoms.images, .pixels = phantoms.pixels});
    out.place();
  }

  void run(const PaperExperiment& experiment) const {
    auto sources = experiment_sources(request_->common, experiment, slots_);
    if (!experiment.stages.empty()) train_stages(experiment, sources);
    for (const auto& evaluation : experiment.evaluations)
      evaluate_or_skip(experiment, evaluation, evaluation_sources(sources, evaluation, slots_));
  }

 private:
  // The result becomes the model of `sources`.
  void train_stages(const PaperExperiment& experiment, ConfigSources& sources) const {
    spdlog::info("{}: training", experiment.name);
    const auto outcomes = train({.config = load_run_config(sources),
                                 .stages = {experiment.stages.begin(), experiment.stages.end()},
                                 .out = slots_.out / experiment.name,
                                 .resume = request_->resume,
                                 .check_memory = request_->check_memory,
                                 .progress = request_->progress});
    start_from_result(sources, outcomes.back().result);
  }

  void evaluate_or_skip(const PaperExperiment& experiment, const PaperEvaluation& evaluation,
                        const ConfigSources& sources) const {
    const auto name = experiment.name + "/" + evaluation.name;
    const auto folder = evaluation_folder(slots_.out, experiment.name, evaluation.name);
    const auto config = load_config_for_use(sources).config;
    const auto step = evaluation_step(config, evaluation);
    if (request_->resume == Resume::kAuto && is_finished(folder, step)) {
      spdlog::info("{}: already done", name);
      return;
    }
    spdlog::info("{}: evaluating", name);
    remove_file(folder / kPaperStepFile);
    if (evaluation.predictions.empty())
      evaluate(
          {.config = config, .out = folder, .name = name, .resume = request_->resume, .progress = request_->progress});
    else
      score_file(
          {.config = config, .predictions = slots_.fill(evaluation.predictions.string()), .out = folder, .name = name});
    claim_run_folder(folder, step, {.identity = kPaperStepFile});
  }

  const PaperRequest* request_;
  const PaperConfig* config_;
  PaperSlots slots_;
};

bool is_done(const fs::path& out, const std::string& run) {
  return is_there(evaluation_folder(out, run) / "report.json");
}

// FILE#/JSON/POINTER
std::optional<double> number_at(const fs::path& folder, const std::string& measure) {
  const auto mark = measure.find('#');
  const auto file = folder / measure.substr(0, mark);
  if (!is_there(file)) return std::nullopt;
  const auto json = read_json(file);
  const Json::json_pointer pointer(measure.substr(mark + 1));
  if (!json.contains(pointer) || !json[pointer].is_number()) return std::nullopt;
  return json[pointer].get<double>();
}

std::optional<OurNumber> without_interval(const std::optional<double>& value) {
  return value ? std::optional(OurNumber{*value, std::nullopt}) : std::nullopt;
}

std::optional<OurNumber> our_number(const fs::path& folder, const Json& report, const PaperCell& cell) {
  if (is_pointer(cell.measure)) {
    take_in_bertscores(folder);
    return without_interval(number_at(folder, cell.measure));
  }
  if (cell.measure.starts_with(kCaptionMeasure))
    return without_interval(caption_score_in(report, cell.measure.substr(kCaptionMeasure.size())));
  return score_in(report, cell.protocol, cell.measure);
}

ComparedCell look_up(const fs::path& out, const PaperCell& cell) {
  if (cell.run.empty() || !is_done(out, cell.run)) return compare_cell(cell, std::nullopt);
  const auto folder = evaluation_folder(out, cell.run);
  const auto report = read_json(folder / "report.json");
  auto compared = compare_cell(cell, our_number(folder, report, cell));
  if (const auto facts = JsonObject(report, (folder / "report.json").string()).find_section("run"))
    compared.dataset = facts->text("dataset", ""), compared.label = facts->text("label", "");
  return compared;
}

ComparedFamily compare_family(const PaperComparison& comparison, const fs::path& out) {
  ComparedFamily family{comparison.family, {}};
  std::vector<std::string> runs = {comparison.first};
  for (const auto& other : comparison.others)
    if (is_done(out, other)) runs.push_back(other);
  if (!is_done(out, comparison.first) || runs.size() < 2) return family;
  std::vector<fs::path> folders;
  for (const auto& run : runs) folders.push_back(evaluation_folder(out, run));
  const auto all = report_runs({.runs = folders,
                                .names = runs,
                                .protocol = comparison.protocol,
                                .out = out / "compared" / family_folder(comparison.family)});
  for (std::size_t i = 0; i + 1 < runs.size(); ++i) family.comparisons.push_back(all.comparisons.at(i));
  correct_family(family.comparisons);  // the first run against each other one, not every pair
  return family;
}

void check_only(const PaperConfig& config, const std::vector<std::string>& only) {
  std::vector<std::string> names;
  for (const auto& experiment : config.experiments) names.push_back(experiment.name);
  for (const auto& name : only)
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw usage_error("--only: \"{}\" is not an experiment{}; experiments are {}", name, did_you_mean(name, names),
                        join(names, ", "));
}

// Cells of a folder without a single run would all be "not run", which looks like a result.
void refuse_nothing(const PaperConfig& config, const fs::path& out) {
  for (const auto& experiment : config.experiments)
    for (const auto& evaluation : experiment.evaluations)
      if (is_done(out, experiment.name + "/" + evaluation.name)) return;
  throw usage_error(
      "paper --compare: {} holds no finished run of this config; run it without --compare, or give the "
      "--out of an earlier run",
      out.string());
}

PaperSlots slots_of(const PaperRequest& request, const PaperConfig& config) {
  PaperSlots slots{request.out.empty() ? config.out : request.out, {}, absolute_path(request.config).parent_path()};
  if (slots.out.empty()) throw usage_error("paper: give --out DIR, the folder for all experiments");
  slots.data = request.data.empty() ? fs::path(slots.fill(config.data.string())) : request.data;
  return slots;
}

void run_experiments(const PaperRequest& request, const PaperConfig& config, const PaperSlots& slots) {
  check_experiments(request, config, slots);
  const PaperRuns runs(request, config, slots);
  runs.draw_phantoms();
  for (const auto& experiment : config.experiments)
    if (is_selected(request, experiment.name)) runs.run(experiment);
}

}  // namespace

bool is_selected(const PaperRequest& request, const std::string& experiment) {
  return request.only.empty() || std::ranges::count(request.only, experiment) > 0;
}

ComparedCell compare_cell(const PaperCell& cell, const std::optional<OurNumber>& ours) {
  ComparedCell compared{cell, ours};
  if (cell.run.empty()) {
    compared.verdict = Verdict::kOthers;
  } else if (ours && !cell.incomparable.empty()) {
    compared.verdict = Verdict::kIncomparable;
  } else if (ours) {
    static constexpr double kRounding = 1e-9;  // 0.1 is not a binary fraction
    const auto target = compared.target();
    const auto& interval = ours->interval95;
    const bool inside = interval && interval->low <= target && target <= interval->high;
    compared.verdict = std::abs(ours->value - target) <= cell.tolerance + kRounding ? Verdict::kReproduced
                       : inside                                                     ? Verdict::kInsideInterval
                                                                                    : Verdict::kOutside;
  }
  return compared;
}

PaperOutcome run_paper(const PaperRequest& request) {
  if (request.config.empty()) throw usage_error("paper: give --config FILE, such as configs/paper.json");
  const auto config = load_paper_config(request.config);
  check_only(config, request.only);
  const auto slots = slots_of(request, config);
  PaperOutcome outcome{.out = slots.out};
  const PaperGate gate(request.fail_on, config);  // reads an earlier paper.json before it is replaced
  if (request.compare_only) refuse_nothing(config, slots.out);
  const auto lock = lock_folder(slots.out);
  if (!request.compare_only) run_experiments(request, config, slots);
  for (const auto& cell : config.cells) outcome.cells.push_back(look_up(outcome.out, cell));
  for (const auto& comparison : config.comparisons) outcome.families.push_back(compare_family(comparison, outcome.out));
  gate.apply(outcome);
  outcome.text = paper_tables_text(outcome, config.remarks);
  outcome.markdown = paper_tables_markdown(outcome, config);
  outcome.junit = junit_xml(outcome, config.title);
  write_json(outcome.out / "paper.json", paper_outcome_json(outcome));
  write_file(outcome.out / "paper.md", outcome.markdown);
  return outcome;
}

}  // namespace llama32med
