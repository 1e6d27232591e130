#include "app/paper/paper.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

#include "app/eval/eval.h"
#include "app/eval/report.h"
#include "app/eval/score.h"
#include "app/paper/paper_tables.h"
#include "app/train/train.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/data/phantoms.h"
#include "llama32med/report/caption_metrics.h"
#include "llama32med/report/run_report.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

struct Slots {
  fs::path out, data, configs;

  std::string fill(std::string text) const {
    for (const auto& [slot, value] : {std::pair{"{out}", &out}, {"{data}", &data}, {"{configs}", &configs}})
      for (auto at = text.find(slot); at != text.npos; at = text.find(slot, at + value->string().size()))
        text.replace(at, std::string_view(slot).size(), value->string());
    return text;
  }
};

// Runs the experiments of one paper config in one folder.
class PaperRuns {
 public:
  PaperRuns(const PaperRequest& request, const PaperConfig& config, Slots slots)
      : request_(&request), config_(&config), slots_(std::move(slots)) {}

  void draw_phantoms() const {
    if (!config_->phantoms) return;
    const auto& phantoms = *config_->phantoms;
    const fs::path folder = slots_.fill(phantoms.folder.string());
    if (fs::exists(folder / "README.md")) return;  // written last
    spdlog::info("generating phantoms in {}", folder.string());
    write_phantom_set(
        folder,
        {.seed = static_cast<std::uint64_t>(phantoms.seed), .images = phantoms.images, .pixels = phantoms.pixels});
  }

  void run(const PaperExperiment& experiment) const {
    auto sources = with(request_->common, experiment.configs, experiment.set);
    if (!experiment.stages.empty()) train_stages(experiment, sources);
    for (const auto& evaluation : experiment.evaluations)
      evaluate_or_skip(experiment, evaluation, with(sources, evaluation.configs, evaluation.set));
  }

 private:
  // Config files are relative to the paper's; the command line overrides them.
  ConfigSources with(ConfigSources sources, const std::vector<std::string>& configs,
                     const std::vector<std::string>& set) const {
    for (const auto& name : configs) sources.files.push_back(slots_.configs / name);
    std::vector<std::string> options;
    for (const auto& assignment : set) options.push_back(slots_.fill(assignment));
    sources.options.insert(sources.options.end(), options.begin(), options.end());
    return sources;
  }

  // The result becomes the model of `sources`.
  void train_stages(const PaperExperiment& experiment, ConfigSources& sources) const {
    spdlog::info("{}: training", experiment.name);
    const auto outcomes = train({.config = load_run_config(sources),
                                 .stages = {experiment.stages.begin(), experiment.stages.end()},
                                 .out = slots_.out / experiment.name,
                                 .resume = request_->resume,
                                 .progress = request_->progress});
    const auto& last = outcomes.back();
    sources.texts.emplace_back(last.is_adapter ? "model.adapter" : "model.folder", last.result.string());
  }

  void evaluate_or_skip(const PaperExperiment& experiment, const PaperEvaluation& evaluation,
                        const ConfigSources& sources) const {
    const auto name = experiment.name + "/" + evaluation.name;
    const auto folder = slots_.out / experiment.name / "eval" / evaluation.name;
    const auto config = load_run_config(sources);
    // Its report as well, which may be made again from the same answers: `evaluate` claims the folder for those.
    const Json step = {{"config", identity_of(config)}, {"predictions", evaluation.predictions.string()}};
    const ClaimFiles files{.identity = "paper_step.json"};
    if (request_->resume == Resume::kAuto && fs::exists(folder / "report.json") && holds_run(folder, step, files)) {
      spdlog::info("{}: already done", name);
      return;
    }
    spdlog::info("{}: evaluating", name);
    fs::remove(folder / files.identity);
    if (evaluation.predictions.empty())
      evaluate({.config = config, .out = folder, .resume = request_->resume, .progress = request_->progress});
    else
      score_file({.config = config, .predictions = slots_.fill(evaluation.predictions.string()), .out = folder});
    claim_run_folder(folder, step, files);
  }

  const PaperRequest* request_;
  const PaperConfig* config_;
  Slots slots_;
};

fs::path run_folder(const fs::path& out, const std::string& run) {
  const auto slash = run.find('/');
  return out / run.substr(0, slash) / "eval" / run.substr(slash + 1);
}

bool is_done(const fs::path& out, const std::string& run) { return fs::exists(run_folder(out, run) / "report.json"); }

// FILE#/JSON/POINTER
std::optional<double> number_at(const fs::path& folder, const std::string& measure) {
  const auto mark = measure.find('#');
  const auto file = folder / measure.substr(0, mark);
  if (!fs::exists(file)) return std::nullopt;
  const auto json = read_json(file);
  const Json::json_pointer pointer(measure.substr(mark + 1));
  if (!json.contains(pointer) || !json[pointer].is_number()) return std::nullopt;
  return json[pointer].get<double>();
}

std::optional<OurNumber> without_interval(const std::optional<double>& value) {
  return value ? std::optional(OurNumber{*value, std::nullopt}) : std::nullopt;
}

std::optional<OurNumber> our_number(const fs::path& out, const PaperCell& cell) {
  if (cell.run.empty() || !is_done(out, cell.run)) return std::nullopt;
  const auto folder = run_folder(out, cell.run);
  if (is_pointer(cell.measure)) {
    take_in_bertscores(folder);
    return without_interval(number_at(folder, cell.measure));
  }
  const auto report = read_json(folder / "report.json");
  if (cell.measure.starts_with(kCaptionMeasure))
    return without_interval(caption_score_in(report, cell.measure.substr(kCaptionMeasure.size())));
  return score_in(report, cell.protocol, cell.measure);
}

ComparedFamily compare_family(const PaperComparison& comparison, const fs::path& out) {
  ComparedFamily family{comparison.family, {}};
  std::vector<std::string> runs = {comparison.first};
  for (const auto& other : comparison.others)
    if (is_done(out, other)) runs.push_back(other);
  if (!is_done(out, comparison.first) || runs.size() < 2) return family;
  std::vector<fs::path> folders;
  for (const auto& run : runs) folders.push_back(run_folder(out, run));
  const auto all = report_runs(
      {.runs = folders, .names = runs, .protocol = comparison.protocol, .out = out / "compared" / comparison.family});
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

}  // namespace

ComparedCell compare_cell(const PaperCell& cell, const std::optional<OurNumber>& ours) {
  ComparedCell compared{cell, ours};
  if (cell.run.empty()) {
    compared.verdict = Verdict::kOthers;
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
  PaperOutcome outcome{.out = request.out.empty() ? config.out : request.out};
  if (outcome.out.empty()) throw usage_error("paper: give --out DIR, the folder for all experiments");
  const auto configs = fs::absolute(request.config).parent_path();
  Slots slots{outcome.out, {}, configs};
  slots.data = request.data.empty() ? fs::path(slots.fill(config.data.string())) : request.data;
  const PaperRuns runs(request, config, slots);
  if (!request.compare_only) {
    runs.draw_phantoms();
    for (const auto& experiment : config.experiments)
      if (request.only.empty() ||
          std::find(request.only.begin(), request.only.end(), experiment.name) != request.only.end())
        runs.run(experiment);
  }
  for (const auto& cell : config.cells) outcome.cells.push_back(compare_cell(cell, our_number(outcome.out, cell)));
  for (const auto& comparison : config.comparisons) outcome.families.push_back(compare_family(comparison, outcome.out));
  outcome.text = paper_tables_text(outcome, config.remarks);
  write_json(outcome.out / "paper.json", paper_outcome_json(outcome));
  write_file(outcome.out / "paper.md", paper_tables_markdown(outcome, config));
  return outcome;
}

}  // namespace llama32med
