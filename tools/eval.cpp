#include "app/eval/eval.h"

#include <fmt/format.h>

#include <cstdio>

#include "app/common/stop_signal.h"
#include "app/common/training_record.h"
#include "app/eval/shards.h"
#include "command.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/tensor/device.h"
#include "print.h"

namespace llama32med {
namespace {

Json outcome_json(const EvaluationOutcome& outcome) {
  const auto& progress = outcome.progress;
  return {{"questions", progress.computed},
          {"images", progress.images},
          {"skipped", outcome.skipped},
          {"answers_without_image", outcome.answers_without_image},
          {"ready_s", outcome.ready_seconds},
          {"wall_s", outcome.wall_seconds},
          {"vision_s", progress.vision_seconds},
          {"decode_s", progress.decode_seconds},
          {"peak_rss_mib", peak_host_memory() >> 20},
          {"scores", score_table_json(outcome.table)}};
}

void print_outcome(const EvaluationOutcome& outcome, const std::filesystem::path& out) {
  print_text("{}\n", score_table_text(outcome.table) + outcome.image_gain);
  if (outcome.skipped > 0)
    print_text("{} records of the split were skipped (missing image or answer); see {}\n", outcome.skipped,
               (out / "report.json").string());
  if (outcome.answers_without_image > 0)
    print_text("{} answers are empty and count as wrong because their image could not be read; see predictions.jsonl\n",
               outcome.answers_without_image);
  print_text("predictions  {}\nreport       {}\n", (out / "predictions.jsonl").string(),
             (out / "report.html").string());
}

class EvalCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.model();
    options.adapter();
    options.dataset();
    options.config("--split", "data.split");
    options.config("--limit", "data.limit");
    options.group("Prediction");
    options.config("--prompt-file", "prompt.file");
    options.config("--max-new-tokens", "generate.max_new_tokens");
    options.config("--images", "eval.images");
    options.config("--image-gain", "report.image_gain");
    options.group("Scoring and output");
    options.config("--protocol", "report.protocols");
    options.folder("--out", out_, "folder for predictions and reports; the same command resumes an interrupted run");
    options.flag("--fresh", fresh_, "discard what an earlier run left in --out and start over");
    options.text(
        "--shard", shard_,
        "NUMBER/COUNT, for example 2/3: answer this share of the questions, in a process or on a machine of its "
        "own; the same command without --shard then joins all shares in --out and writes the report");
  }

  SourcedConfig config(const CommonOptions& common) const override { return load_config_for_use(common.sources); }

  void run(const CommonOptions& common) override {
    auto config = this->config(common).config;
    if (out_.empty()) throw usage_error("eval: give --out DIR, the folder for predictions and reports");
    watch_stop_signals();
    const auto shard = parse_shard(shard_);
    const auto outcome = evaluate({.config = std::move(config),
                                   .out = out_,
                                   .shard = shard,
                                   .resume = fresh_ ? Resume::kFresh : Resume::kAuto,
                                   .progress = common.progress()});
    if (common.json)
      print_text("{}\n", json_line(outcome_json(outcome)));
    else if (!shard.is_whole())
      print_text(
          "shard {}: {} answers in {}\nwhen all shards are done, the same command without --shard writes the report\n",
          shard_, outcome.progress.done, folder_of(shard, out_).string());
    else
      print_outcome(outcome, out_);
  }

 private:
  std::filesystem::path out_;
  std::string shard_;
  bool fresh_ = false;
};

}  // namespace

std::unique_ptr<Command> make_eval_command() { return std::make_unique<EvalCommand>(); }

}  // namespace llama32med
