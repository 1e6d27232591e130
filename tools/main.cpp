// llama32med: parses the command line, runs one subcommand, turns errors into exit codes.
//
// Exit codes: 0 done; 2 wrong usage or config; 3 bad input data or model files; 4 out of memory, disk or device; 5
// stopped by a signal after saving; 1 a bug of ours.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <array>
#include <iostream>
#include <new>

#include "app/common/environment.h"
#include "command.h"
#include "llama32med/core/error.h"
#include "llama32med/core/version.h"
#include "llama32med/tensor/device.h"
#include "usage.h"

namespace llama32med {
namespace {

constexpr std::array kCommands = {
    CommandEntry{"init", "writes a Hugging Face folder with seeded random weights",
                 "llama32med init --preset small --out runs/model", make_init_command},
    CommandEntry{"generate", "answers about an image",
                 "llama32med generate --model DIR --image chest.png --prompt \"Is there a fracture?\"",
                 make_generate_command},
    CommandEntry{"train", "tunes a model in two stages: captions, then questions",
                 "llama32med train --config configs/phantoms.json --out runs/phantoms", make_train_command},
    CommandEntry{"plan", "memory and operations of a training run, before anything is loaded",
                 "llama32med plan --config configs/paper_stage2_slake.json --model DIR --set stage2.data.folder=DATA",
                 make_plan_command},
    CommandEntry{"eval", "predicts a split and scores it",
                 "llama32med eval --model DIR --dataset vqa_rad --data DATA --split test --out runs/eval",
                 make_eval_command},
    CommandEntry{"score", "scores a predictions file of any origin, without a model",
                 "llama32med score --predictions answers.jsonl --dataset slake --data DATA --protocol paper,llava-med",
                 make_score_command},
    CommandEntry{"report", "finished runs side by side, with a page to browse every answer",
                 "llama32med report runs/lora runs/qlora --out runs/compared", make_report_command},
    CommandEntry{"paper", "runs a paper's experiments and sets our numbers beside the printed ones",
                 "llama32med paper --config configs/paper_ci.json --out runs/paper_ci", make_paper_command},
    CommandEntry{"review", "expert review of open answers: sheets out, verdicts in",
                 "llama32med review export --run runs/eval\n"
                 "  llama32med review import --run runs/eval --sheet anna.csv ben.tsv cleo.csv",
                 make_review_command},
    CommandEntry{
        "judge", "a language model as judge: requests out, answers in, or a live endpoint",
        "llama32med judge export --run runs/eval --model deepseek-chat --sample 1000\n"
        "  llama32med judge import --run runs/eval --answers batch_output.jsonl\n"
        "  LLAMA32MED_JUDGE_KEY=... llama32med judge run --run runs/eval --base-url https://host/v1 --model NAME",
        make_judge_command},
    CommandEntry{"merge", "folds an adapter into plain weights, and checks the result",
                 "llama32med merge --model DIR --adapter runs/a/stage2/adapter --out runs/a/merged",
                 make_merge_command},
    CommandEntry{"data", "checks a dataset on disk, or draws one",
                 "llama32med data check --dataset slake --data DATA --out runs/data", make_data_command},
    CommandEntry{"quantize", "writes a model folder with its linears in 4 bits",
                 "llama32med quantize --model DIR --out DIR-nf4 --set model.quantize.vision=false",
                 make_quantize_command},
    CommandEntry{"trace", "numbers of one forward and backward, for comparing with other code",
                 "llama32med trace --model DIR --inputs in.safetensors --outputs out.safetensors --gradients all",
                 make_trace_command},
    CommandEntry{"inspect", "shows tensors, parameters, tokens of a text, tiles of an image",
                 "llama32med inspect DIR --text \"Is there a fracture?\"", make_inspect_command},
    CommandEntry{"bench", "times loading, vision, prefill and decoding",
                 "llama32med bench --shape 11b --random-weights", make_bench_command},
};

void declare_common(CLI::App& app, CommonOptions& common) {
  Options options(app, common);
  app.add_option("--config", common.sources.files,
                 "JSON file with comments; repeatable, a later one changes the earlier; fields: --help-config")
      ->allow_extra_args(false);
  app.add_option("--set", common.sources.assignments,
                 "a.b=c: sets a field of the config, wins over the file; repeatable")
      ->allow_extra_args(false);
  options.config_text("--device", "runtime.device", "auto, cpu, cuda or cuda:N");
  options.config_text("--dtype", "runtime.dtype", "auto, fp32, bf16, fp16 or fp64");
  options.config_value("--threads", "runtime.threads", "CPU threads; 0: all cores");
  options.config_values("--seed", {"generate.seed", "train.seed"}, "of everything random");
  options.text("--log-level", common.log_level, "debug, info, warn, error or off");
  options.flag("--quiet", common.quiet, "no progress, warnings only");
  options.flag("--json", common.json, "the result as JSON on standard output, everything else on standard error");
}

void start_log(const CommonOptions& common) {
  auto log = spdlog::stderr_color_mt("llama32med");
  log->set_pattern("%^%l%$: %v");
  const auto level = spdlog::level::from_str(common.log_level);
  if (level == spdlog::level::off && common.log_level != "off")
    throw usage_error("--log-level {}: must be debug, info, warn, error or off", common.log_level);
  log->set_level(common.quiet ? spdlog::level::warn : level);
  spdlog::set_default_logger(log);
}

// The one place that knows how errors leave the program.
template <class Action>
int exit_code_of(Action action) {
  const auto complain = [](const std::string& what) { std::cerr << "error: " << what << "\n"; };
  try {
    action();
    std::cout.flush();
    return 0;
  } catch (const Error& error) {
    complain(error.what());
    return static_cast<int>(error.kind());
  } catch (const std::bad_alloc&) {
    complain("out of memory");
    return static_cast<int>(ErrorKind::kResource);
  } catch (const std::exception& error) {
    const std::string what = error.what();
    const auto first_line = what.substr(0, what.find('\n'));
    if (what.find("out of memory") != what.npos || what.find("can't allocate memory") != what.npos) {
      complain("out of memory: " + first_line);
      return static_cast<int>(ErrorKind::kResource);
    }
    complain("a bug of llama32med, please report it with the command line: " + first_line);
    return 1;
  }
}

int usage_exit(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
  std::cerr << "error: " << usage_problem(app, error) << "\n";
  return static_cast<int>(ErrorKind::kUsage);
}

int main_of(int argc, char** argv) {
  CLI::App app{"Fine-tuning and inference of Llama 3.2 Vision for medical visual question answering", "llama32med"};
  CommonOptions common;
  declare_common(app, common);
  app.set_version_flag("--version", "llama32med " + program_version());
  app.add_flag_callback(
      "--help-config", [] { throw CLI::CallForVersion(run_config_reference(), 0); },
      "all fields of a config, then exit");
  app.require_subcommand(1);
  app.footer("llama32med COMMAND --help shows a command's options and an example.");

  std::vector<std::unique_ptr<Command>> commands;
  std::vector<std::string> names;
  for (const auto& entry : kCommands) {
    names.emplace_back(entry.name);
    auto* sub = app.add_subcommand(names.back(), std::string(entry.summary));
    sub->fallthrough();
    sub->footer("Example:\n  " + std::string(entry.example));
    commands.push_back(entry.make());
    Options options(*sub, common);
    commands.back()->declare(options);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return usage_exit(app, error);
  }
  return exit_code_of([&] {
    start_log(common);
    for (std::size_t i = 0; i < commands.size(); ++i)
      if (app.got_subcommand(names[i])) commands[i]->run(common);
  });
}

}  // namespace
}  // namespace llama32med

int main(int argc, char** argv) {
  llama32med::load_gpu_backend();  // before anything of libtorch runs
  return llama32med::main_of(argc, argv);
}
