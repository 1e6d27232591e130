#include "app/paper/paper_sources.h"

#include "app/common/run_folder.h"
#include "app/train/stage_files.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

ConfigSources with(ConfigSources sources, const std::vector<std::string>& configs, const std::vector<std::string>& set,
                   const PaperSlots& slots) {
  for (const auto& name : configs) sources.files.push_back(slots.configs / name);
  for (const auto& assignment : set) sources.options.push_back(slots.fill(assignment));
  return sources;
}

}  // namespace

std::string PaperSlots::fill(std::string text) const {
  for (const auto& [slot, value] : {std::pair{"{out}", &out}, {"{data}", &data}, {"{configs}", &configs}})
    text = replaced(std::move(text), slot, value->string());
  return text;
}

ConfigSources experiment_sources(ConfigSources common, const PaperExperiment& experiment, const PaperSlots& slots) {
  return with(std::move(common), experiment.configs, experiment.set, slots);
}

ConfigSources evaluation_sources(ConfigSources experiment, const PaperEvaluation& evaluation, const PaperSlots& slots) {
  return with(std::move(experiment), evaluation.configs, evaluation.set, slots);
}

std::optional<fs::path> training_result(const PaperExperiment& experiment, const PaperSlots& slots) {
  if (experiment.stages.empty()) return std::nullopt;
  return StageFiles(slots.out / experiment.name, static_cast<int>(experiment.stages.back())).find_result();
}

void start_from_result(ConfigSources& sources, const fs::path& result) {
  const bool is_adapter = is_there(result / "adapter_config.json");
  sources.texts.emplace_back(is_adapter ? "model.adapter" : "model.folder", result.string());
}

fs::path evaluation_folder(const fs::path& out, const std::string& experiment, const std::string& evaluation) {
  return out / experiment / "eval" / evaluation;
}

fs::path evaluation_folder(const fs::path& out, const std::string& run) {
  const auto slash = run.find('/');
  return evaluation_folder(out, run.substr(0, slash), run.substr(slash + 1));
}

Json evaluation_step(const RunConfig& config, const PaperEvaluation& evaluation) {
  return {{"config", identity_of(config)},
          {"label", config.data.label.empty() ? Json() : Json(config.data.label)},
          {"predictions", evaluation.predictions.string()}};
}

bool is_finished(const fs::path& folder, const Json& step) {
  return is_there(folder / "report.json") && holds_run(folder, step, {.identity = kPaperStepFile});
}

}  // namespace llama32med
