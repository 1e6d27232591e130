#include "app/train/run_readme.h"

#include <fmt/format.h>

#include "app/common/environment.h"
#include "app/common/load.h"
#include "llama32med/core/files.h"
#include "llama32med/core/version.h"

namespace llama32med {
namespace {

// "8913 questions, 3 epochs: 26739 in all". Early stopping ends within an epoch or before the last one.
std::string seen_text(const StageOutcome& outcome) {
  const auto epochs = static_cast<double>(outcome.questions) / static_cast<double>(outcome.records);
  return fmt::format("{} {}, {:.3g} epochs: {} in all", outcome.records, outcome.unit, epochs, outcome.questions);
}

std::string stage_text(const RunConfig& config, const StageOutcome& outcome) {
  const auto& stage = *stage_section(config, outcome.stage);
  const auto& train = stage.train;
  auto text = fmt::format("## Stage {}\n\n", outcome.stage);
  text += fmt::format("- data: {} {}, {} in {} steps of about {}, {}\n",
                      stage.data.label.empty() ? stage.data.name : stage.data.label, stage.data.split,
                      seen_text(outcome), outcome.steps, train.loader.batch_size, enum_name(train.loader.batching));
  text += fmt::format("- prompt `{}`; trained: {}; rank {}, alpha {}, dropout {}\n", stage.prompt.file,
                      tuned_parts(stage.tune), stage.tune.rank, stage.tune.alpha, stage.tune.dropout);
  text += fmt::format("- AdamW, learning rate {}, weight decay {}, {} schedule, gradients clipped at {}, seed {}\n",
                      train.learning_rate, train.weight_decay, enum_name(train.schedule.kind), train.max_gradient_norm,
                      train.seed);
  text += fmt::format("- last loss {:.4f}", outcome.last_loss);
  if (outcome.best_value)
    text += fmt::format("; best validation {} {:.4f} at step {}", enum_name(stage.validate.metric), *outcome.best_value,
                        outcome.best_step);
  text += fmt::format("\n- result: `{}`\n",
                      outcome.result.lexically_relative(outcome.result.parent_path().parent_path()).string());
  if (outcome.skipped_records > 0) text += fmt::format("- {} records were skipped\n", outcome.skipped_records);
  if (outcome.skipped_steps > 0)
    text += fmt::format("- {} steps were skipped: their loss or gradient was not finite\n", outcome.skipped_steps);
  return text + fmt::format("\n![curves](stage{}/curves.svg)\n\n", outcome.stage);
}

}  // namespace

std::string tuned_parts(const TuneConfig& tune) {
  std::vector<std::string> parts;
  for (const auto& named : names_of(Part{}))
    parts.push_back(fmt::format("{} {}", named.name, enum_name(tune.part(named.value).train)));
  return join(parts, ", ");
}

void write_run_readme(const TrainingRequest& request, const std::vector<StageOutcome>& outcomes) {
  const auto& config = request.config;
  auto text = fmt::format("# {}\n\nA training run of llama32med {} on the model `{}`, image semantics `{}`.\n\n",
                          absolute_path(request.out).filename().string(), program_version(),
                          config.model.folder.filename().string(), enum_name(config.model.options.semantics));
  if (const auto gpu = gpu_text(choose_target(config.runtime).device()); !gpu.empty())
    text += fmt::format("Computed on: {}.\n\n", gpu);
  for (const auto& outcome : outcomes) text += stage_text(config, outcome);
  text +=
      "## Files\n\n`config.json` and `environment.json` say what was run and where; `stageN/config.json` identifies "
      "data, prompt and model by their hashes. `stageN/metrics.jsonl` has one line per step and per validation. "
      "`stageN/state/` is needed to resume; it may be deleted when a stage is done.\n";
  write_file(request.out / "README.md", text);
}

}  // namespace llama32med
