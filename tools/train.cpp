#include "app/train/train.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "app/common/records.h"
#include "app/common/stop_signal.h"
#include "command.h"
#include "llama32med/core/byte_size.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/data/dataset.h"
#include "llama32med/tensor/device.h"
#include "next_command.h"
#include "print.h"

namespace llama32med {
namespace {

Json outcome_json(const StageOutcome& outcome) {
  return {{"stage", outcome.stage},
          {"was_done", outcome.was_done},
          {"result", outcome.result.string()},
          {"steps", outcome.steps},
          {"questions", outcome.questions},
          {"skipped_records", outcome.skipped_records},
          {"skipped_steps", outcome.skipped_steps},
          {"last_loss", outcome.last_loss},
          {"best_value", outcome.best_value ? Json(*outcome.best_value) : Json()},
          {"best_step", outcome.best_step},
          {"trained_parameters", outcome.trained_parameters},
          {"model_parameters", outcome.model_parameters},
          {"wall_s", outcome.wall_seconds}};
}

void print_outcome(const StageOutcome& outcome) {
  print_text("stage {}  {} in {} steps, {} {}, loss {:.4f}", outcome.stage,
             outcome.was_done ? "was already done" : "done", outcome.steps, outcome.questions, outcome.unit,
             outcome.last_loss);
  if (outcome.best_value) print_text(", best validation {:.4f} at step {}", *outcome.best_value, outcome.best_step);
  if (!outcome.was_done)
    print_text("; {} of {} parameters trained, {}", outcome.trained_parameters, outcome.model_parameters,
               duration_text(outcome.wall_seconds));
  print_text("\n         {}\n", outcome.result.string());
}

// A split to evaluate: the test split, or else another one than the training split. Absent if none has images.
std::optional<std::string> split_to_evaluate(const DataConfig& data) {
  std::vector<std::string> names;
  for (const auto& split : dataset_splits(data.name, data.folder))
    if (split.name != data.split && !split.derived) names.push_back(split.name);
  std::stable_partition(names.begin(), names.end(), [](const std::string& name) { return name == "test"; });
  for (const auto& name : names) {
    auto wanted = data;
    wanted.split = name;
    try {
      if (!read_records(wanted).records.empty()) return name;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kResource) throw;  // else it is not on disk
    }
  }
  return std::nullopt;
}

// The config of the run holds everything else that the answers depend on.
std::string evaluation_command(const TrainingRequest& request, const StageOutcome& last, const std::string& program) {
  const auto& config = request.config;
  const auto& data = stage_section(config, last.stage)->data;
  const auto split = split_to_evaluate(data);
  if (!split) return "";
  std::vector<std::string> words = {program, "eval", "--config", (request.out / "config.json").string()};
  const auto add = [&](const std::string& option, const std::string& value) {
    words.insert(words.end(), {option, value});
  };
  add("--model", last.is_adapter ? last.base_model.string() : last.result.string());
  if (last.is_adapter) add("--adapter", last.result.string());
  add("--dataset", data.name);
  add("--data", data.folder.string());
  add("--split", *split);
  add("--out", (request.out / "eval" / (data.name + "-" + *split)).string());
  return command_text(words);
}

// The command to run next: the following stage, or the evaluation.
void print_next(const TrainingRequest& request, const StageOutcome& last, const std::vector<std::string>& command) {
  const auto& stage2 = request.config.stage2;
  std::string next;
  if (last.stage == 1 && stage2 && !stage2->data.name.empty()) {
    auto words = without_options(command, {"--stage", "--dataset", "--data", "--resume"}, {"--fresh"});
    words.insert(words.end(), {"--stage", "2"});
    next = command_text(words);
  } else {
    next = evaluation_command(request, last, command.front());
  }
  if (!next.empty()) print_text("next     {}\n", next);
}

class TrainCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.model();
    options.config("--peft-layout", "tune.peft_layout");
    options.group("Stages and data");
    options.list("--stage", stages_, "stages to run; without it, all stages of the config", "{1,2}");
    options.text(
        "--dataset", dataset_,
        "dataset of the stage in --stage: rocov2, slake, vqa_rad, path_vqa or records; without --stage, of all "
        "stages, if they use the same one");
    options.known(dataset_names());
    options.folder("--data", data_, "folder of that dataset, in its official layout");
    options.group("Run");
    options.folder("--out", request_.out, "folder of the run; the same command resumes an interrupted run");
    options.flag("--fresh", fresh_, "discard what an earlier run left of these stages in --out and start over");
    options.folder("--resume", state_, "begin from this saved state, such as OUT/stage1/state/step-000000100");
    options.text("--fit", fit_,
                 "memory that the run must fit into, such as 24GiB: applies the settings of `llama32med plan` that do "
                 "not change results, as far as needed");
    options.flag("--no-plan", no_plan_, "start even if the run does not seem to fit in memory");
  }

  SourcedConfig config(const CommonOptions& common) const override {
    auto sources = common.sources;
    add_data(sources);
    return load_sourced_config(sources);
  }

  void run(const CommonOptions& common) override {
    for (const auto& text : stages_) request_.stages.push_back(stage_number(text));
    request_.config = config(common).config;
    if (request_.out.empty()) throw usage_error("train: give --out DIR, the folder of the run");
    request_.progress = common.progress();
    if (fresh_) request_.resume = Resume::kFresh;
    if (!state_.empty()) request_.state = state_;
    if (!fit_.empty()) request_.fit = parse_byte_size("--fit", fit_);
    if (no_plan_ && request_.fit) throw usage_error("--fit and --no-plan: give one of them");
    if (no_plan_) request_.check_memory = MemoryCheck::kNone;
    watch_stop_signals();
    const auto outcomes = train(request_);
    Json list = Json::array();
    for (const auto& outcome : outcomes) list.push_back(outcome_json(outcome));
    if (common.json) {
      print_text("{}\n", json_line({{"stages", list}, {"peak_rss_mib", peak_host_memory() >> 20}}));
      return;
    }
    for (const auto& outcome : outcomes) print_outcome(outcome);
    print_next(request_, outcomes.back(), common.command_line);
  }

 private:
  static int stage_number(const std::string& text) {
    if (text == "1" || text == "2") return text.front() - '0';
    throw usage_error("--stage {}: must be 1 or 2", text);
  }

  void add_data(ConfigSources& sources) const {
    if (dataset_.empty() && data_.empty()) return;
    for (const auto& stage : stages_of_data(load_sourced_config(sources).config)) {
      const auto section = "stage" + stage + ".data.";
      if (!dataset_.empty()) sources.texts.emplace_back(section + "name", dataset_);
      if (!data_.empty()) sources.texts.emplace_back(section + "folder", data_.string());
    }
  }

  // The stage that was asked for, or all stages of a config whose stages share a dataset.
  std::vector<std::string> stages_of_data(const RunConfig& config) const {
    if (stages_.size() == 1) return stages_;
    std::vector<std::string> stages;
    for (const int number : {1, 2})
      if (stage_section(config, number)) stages.push_back(std::to_string(number));
    const bool differ = config.stage1 && config.stage2 && config.stage1->data.name != config.stage2->data.name;
    if (stages.empty() || differ)
      throw usage_error("--dataset and --data apply to one stage; give --stage 1 or --stage 2");
    return stages;
  }

  TrainingRequest request_;
  std::vector<std::string> stages_;
  std::string dataset_, fit_;
  std::filesystem::path data_, state_;
  bool no_plan_ = false, fresh_ = false;
};

}  // namespace

std::unique_ptr<Command> make_train_command() { return std::make_unique<TrainCommand>(); }

}  // namespace llama32med
