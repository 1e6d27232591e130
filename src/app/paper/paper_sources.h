// The configurations of a paper's experiments, and the folders of their results.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/common/run_config.h"
#include "app/paper/paper_config.h"
#include "llama32med/core/json_fwd.h"

namespace llama32med {

struct PaperSlots {
  std::filesystem::path out, data, configs;

  std::string fill(std::string text) const;  // {out}, {data}, {configs}
};

// Config files are relative to the paper's; `common`, from the command line, overrides them.
ConfigSources experiment_sources(ConfigSources common, const PaperExperiment& experiment, const PaperSlots& slots);
ConfigSources evaluation_sources(ConfigSources experiment, const PaperEvaluation& evaluation, const PaperSlots& slots);

// What an experiment's last stage left: an adapter or a model folder; nothing if the stage is not finished.
std::optional<std::filesystem::path> training_result(const PaperExperiment& experiment, const PaperSlots& slots);
// Makes that result the model of `sources`.
void start_from_result(ConfigSources& sources, const std::filesystem::path& result);

std::filesystem::path evaluation_folder(const std::filesystem::path& out, const std::string& experiment,
                                        const std::string& evaluation);
// The same for a run, EXPERIMENT/EVALUATION.
std::filesystem::path evaluation_folder(const std::filesystem::path& out, const std::string& run);

// What is recorded beside a finished evaluation. Unlike the identity of its answers it covers the report as well, which
// may be made again from the same answers.
inline constexpr const char* kPaperStepFile = "paper_step.json";
Json evaluation_step(const RunConfig& config, const PaperEvaluation& evaluation);
bool is_finished(const std::filesystem::path& folder, const Json& step);

}  // namespace llama32med
