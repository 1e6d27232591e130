// llama32med: parses the command line, runs one subcommand, turns errors into exit codes.
//
// Exit codes: 0 success; 1 a bug in the program; 2 wrong usage or config; 3 bad input data or model files; 4 out of
// memory, disk or device; 5 stopped by a signal after saving.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <array>
#include <iostream>
#include <new>

#include "app/common/environment.h"
#include "command.h"
#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"
#include "llama32med/core/version.h"
#include "llama32med/tensor/device.h"
#include "usage.h"
#include "wait_policy.h"

namespace llama32med {
namespace {

constexpr std::array kCommands = {
    CommandEntry{"init", "Create a Hugging Face model folder with random weights from a seed",
                 "llama32med init --preset tiny --out runs/model", make_init_command},
    CommandEntry{"generate", "Answer questions about images",
                 "llama32med generate --model configs/phantom_base \\\n"
                 "    --image tests/datasets/path_vqa/images/test/test_0000.png --prompt \"Is there a fracture?\"",
                 make_generate_command},
    CommandEntry{"train", "Fine-tune a model in two stages: captions, then questions",
                 "llama32med data phantoms --images 1440 --out runs/phantoms/data\n"
                 "llama32med train --config configs/phantoms.json --out runs/phantoms",
                 make_train_command},
    CommandEntry{"plan", "Estimate memory and operations of a training run, without loading the weights",
                 "llama32med data phantoms --images 1440 --out runs/phantoms/data\n"
                 "llama32med plan --config configs/phantoms.json --stage 2",
                 make_plan_command},
    CommandEntry{"eval", "Predict the answers of a dataset split and score them",
                 "llama32med eval --model configs/phantom_base --dataset vqa_rad --data tests/datasets/vqa_rad \\\n"
                 "    --out runs/eval",
                 make_eval_command},
    CommandEntry{"score", "Score a predictions file of any model, without running one",
                 "llama32med score --predictions runs/eval/predictions.jsonl \\\n"
                 "    --dataset vqa_rad --data tests/datasets/vqa_rad --protocol paper,llava-med",
                 make_score_command},
    CommandEntry{"report", "Compare finished runs, with a page to browse every answer",
                 "llama32med report runs/lora runs/qlora --out runs/compared", make_report_command},
    CommandEntry{"paper", "Run a paper's experiments and compare our numbers with the printed ones",
                 "llama32med paper --config configs/paper_ci.json --out runs/paper_ci", make_paper_command},
    CommandEntry{"review", "Have experts grade open answers: export sheets, import verdicts",
                 "llama32med review export --run runs/eval\n"
                 "llama32med review import --run runs/eval --sheet anna.csv ben.tsv cleo.csv",
                 make_review_command},
    CommandEntry{"judge", "Have a language model grade answers: by files, or over an endpoint",
                 "llama32med judge export --run runs/eval --model deepseek-chat --sample 1000\n"
                 "llama32med judge import --run runs/eval --answers batch_output.jsonl\n"
                 "LLAMA32MED_JUDGE_KEY=... llama32med judge run --run runs/eval \\\n"
                 "    --base-url https://host/v1 --model NAME",
                 make_judge_command},
    CommandEntry{"merge", "Merge an adapter into the weights of its model, and check the result",
                 "llama32med merge --model configs/phantom_base --adapter runs/phantoms/stage2/adapter \\\n"
                 "    --out runs/merged",
                 make_merge_command},
    CommandEntry{"data", "Check a dataset on disk, or generate a synthetic one",
                 "llama32med data check --dataset vqa_rad --data tests/datasets/vqa_rad --out runs/data\n"
                 "llama32med data phantoms --images 360 --out runs/phantoms/data",
                 make_data_command},
    CommandEntry{"quantize", "Write a model folder with its linear layers in 4 bits (NF4)",
                 "llama32med quantize --model configs/phantom_base --out runs/model-nf4 \\\n"
                 "    --set model.quantize.vision=false",
                 make_quantize_command},
    CommandEntry{"trace", "Write the tensors of one forward and backward pass, to compare with other code",
                 "llama32med trace --model DIR --inputs in.safetensors --outputs out.safetensors --gradients all",
                 make_trace_command},
    CommandEntry{"inspect", "Show tensors and parameters of a folder, tokens of a text, tiles of an image",
                 "llama32med inspect configs/phantom_base --text \"Is there a fracture?\"", make_inspect_command},
    CommandEntry{"bench", "Time loading, vision encoder, prefill and decoding",
                 "llama32med bench --shape 11b --random-weights", make_bench_command},
};

void declare_common(CLI::App& app, CommonOptions& common) {
  Options options(app, common);
  options.group("Configuration");
  options.config_files_and_assignments();
  options.group("Computation");
  options.config("--device", "runtime.device");
  options.config("--dtype", "runtime.dtype");
  options.config("--threads", "runtime.threads");
  options.seed();
  options.group("Output");
  options.choice("--log-level", common.log_level, {"debug", "info", "warn", "error", "off"}, "lowest level to log");
  options.flag("--quiet", common.quiet, "no progress bars, and only warnings and errors in the log");
  options.flag("--json", common.json, "print the result as JSON on standard output, everything else on standard error");
}

// What --help shows below the options of a subcommand.
std::string footer_of(const CommandEntry& entry) {
  std::string text = "Example:\n";
  for (const auto& line : split(entry.example, '\n')) text += "  " + std::string(line) + "\n";
  return text +
         "\nEvery subcommand also takes --config, --set, --device, --dtype, --threads, --seed, --log-level, --quiet "
         "and\n"
         "--json: see llama32med --help. Fields of --config and --set: see llama32med --help-config.";
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

// The only place that turns exceptions into messages and exit codes.
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
    complain("internal error, please report it with the command line: " + first_line);
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
  app.formatter(help_formatter());
  app.set_help_flag("-h,--help", "print this help and exit");
  CommonOptions common;
  declare_common(app, common);
  app.set_version_flag("--version", "llama32med " + program_version(), "print the version and exit");
  app.add_flag_callback(
      "--help-config", [] { throw CLI::CallForVersion(run_config_reference(), 0); },
      "list all config fields with types and defaults, and exit");
  app.require_subcommand(1);
  app.footer("llama32med SUBCOMMAND --help shows the options of a subcommand and an example.");

  std::vector<std::unique_ptr<Command>> commands;
  std::vector<std::string> names;
  for (const auto& entry : kCommands) {
    names.emplace_back(entry.name);
    auto* sub = app.add_subcommand(names.back(), std::string(entry.summary));
    sub->fallthrough();
    sub->footer(footer_of(entry));
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
  llama32med::restore_environment();
  llama32med::load_gpu_backend();  // before any other use of libtorch
  return llama32med::main_of(argc, argv);
}
