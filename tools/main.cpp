// llama32med: parses the command line and runs one subcommand.
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <csignal>
#include <iostream>
#include <map>

#include "app/common/config_reference.h"
#include "command.h"
#include "exit_code.h"
#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"
#include "llama32med/core/version.h"
#include "llama32med/tensor/device.h"
#include "manual/manual.h"
#include "print.h"
#include "usage.h"
#include "wait_policy.h"

namespace llama32med {
namespace {

constexpr std::array kCommands = {
    CommandEntry{"init", "Create a Hugging Face model folder with random weights from a seed",
                 "llama32med init --preset tiny --out runs/model", make_init_command},
    CommandEntry{"generate", "Answer questions about images",
                 "llama32med generate --model configs/phantom_base "
                 "--image tests/datasets/path_vqa/images/test/test_0000.png --prompt \"Is there a fracture?\"",
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
                 "llama32med eval --model configs/phantom_base --dataset vqa_rad --data tests/datasets/vqa_rad "
                 "--out runs/eval",
                 make_eval_command},
    CommandEntry{"score", "Score a predictions file of any model, without running one",
                 "llama32med score --predictions runs/eval/predictions.jsonl "
                 "--dataset vqa_rad --data tests/datasets/vqa_rad --protocol paper,llava-med",
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
                 "LLAMA32MED_JUDGE_KEY=... llama32med judge run --run runs/eval "
                 "--base-url https://host/v1 --model NAME",
                 make_judge_command},
    CommandEntry{"merge", "Merge an adapter into the weights of its model, and check the result",
                 "llama32med merge --model configs/phantom_base --adapter runs/phantoms/stage2/adapter "
                 "--out runs/merged",
                 make_merge_command},
    CommandEntry{"data", "Check a dataset on disk, import your own, or generate a synthetic one",
                 "llama32med data check --dataset vqa_rad --data tests/datasets/vqa_rad --out runs/data\n"
                 "llama32med data import own.csv --image-column Scan --question-column Frage --out runs/own/data\n"
                 "llama32med data phantoms --images 360 --out runs/phantoms/data",
                 make_data_command},
    CommandEntry{"quantize", "Write a model folder with its linear layers in 4 bits (NF4)",
                 "llama32med quantize --model configs/phantom_base --out runs/model-nf4 "
                 "--set model.quantize.vision=false",
                 make_quantize_command},
    CommandEntry{"trace", "Write the tensors of one forward and backward pass, to compare with other code",
                 "llama32med trace --model DIR --inputs in.safetensors --outputs out.safetensors --gradients all",
                 make_trace_command},
    CommandEntry{"inspect", "Show tensors and parameters of a folder, tokens of a text, tiles of an image",
                 "llama32med inspect configs/phantom_base --text \"Is there a fracture?\"", make_inspect_command},
    CommandEntry{"bench", "Time loading, vision encoder, prefill, decoding and training",
                 "llama32med bench --shape 11b --random-weights", make_bench_command},
};

// Commands about the command line itself, which read its description.
struct ManualEntry {
  std::string_view name, summary, example;
  std::unique_ptr<Command> (*make)(const CommandText& program);
};
constexpr std::array kManualCommands = {
    ManualEntry{"help", "Show the help of a subcommand: help eval, help data check", "llama32med help data check",
                make_help_command},
    ManualEntry{"completion", "Print a script that completes command lines, for bash, zsh or fish",
                "llama32med completion bash > ~/.local/share/bash-completion/completions/llama32med",
                make_completion_command},
    ManualEntry{"man", "Print the manual page", "llama32med man | man -l -", make_man_command},
};

void declare_common(Options options, CommonOptions& common) {
  options.group("Configuration");
  options.config_files_and_assignments();
  options.flag("--print-config", common.print_config,
               "print the effective configuration, with the source of each value, and exit");
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

// "warning: ..." without control characters of data.
class PrintableFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto text = printable({message.payload.data(), message.payload.size()});
    auto shown = message;
    shown.payload = text;
    pattern_.format(shown, out);
    message.color_range_start = shown.color_range_start, message.color_range_end = shown.color_range_end;
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<PrintableFormatter>(); }

 private:
  spdlog::pattern_formatter pattern_{"%^%l%$: %v"};
};

void start_log(const CommonOptions& common) {
  auto log = spdlog::stderr_color_mt("llama32med");
  log->set_formatter(std::make_unique<PrintableFormatter>());
  const auto level = spdlog::level::from_str(common.log_level);
  if (level == spdlog::level::off && common.log_level != "off")
    throw usage_error("--log-level {}: must be debug, info, warn, error or off", common.log_level);
  log->set_level(common.quiet ? spdlog::level::warn : level);
  spdlog::set_default_logger(log);
}

CommandText program_text() {
  const auto flag = [](const char* names, const char* help) {
    return OptionText{.group = "Help", .names = names, .help = help, .argument = Argument::kNone};
  };
  CommandText text{"", "Fine-tuning and inference of Llama 3.2 Vision for medical visual question answering"};
  text.options = {flag("-h,--help", "print this help and exit"), flag("--version", "print the version and exit"),
                  OptionText{.group = "Help",
                             .names = "--help-config",
                             .type = "[SECTION|WORD]",
                             .help = "list the config fields with types and defaults, or those of a section or with a "
                                     "word in them, and exit",
                             .choices = config_sections()}};
  return text;
}

void run_or_print(Command& command, const CommonOptions& common) {
  if (common.print_config)
    print_text("{}", config_with_sources(command.config(common)));
  else
    command.run(common);
}

void show_config(const std::string& wanted) {
  auto table = config_reference(wanted);
  table.pop_back();  // CLI11 prints a newline behind it
  throw CLI::CallForVersion(table, 0);
}

// "--help-config train" as one word: "train" is also a subcommand.
std::vector<std::string> joined_words(std::vector<std::string> words) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i] == "--help-config" && !words[i + 1].starts_with("-")) {
      words[i] += "=" + words[i + 1];
      words.erase(words.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    }
  return words;
}

// The command line: a parser and the description it was declared with.
class CommandLine {
 public:
  CommandLine() : app_(text_.summary, "llama32med") {
    app_.set_help_flag("-h,--help", "");
    app_.set_version_flag("--version", "llama32med " + program_version());
    app_.add_option_function<std::string>("--help-config", show_config)->expected(0, 1);
    app_.require_subcommand(1);
    Options options(app_, common_, text_);
    declare_common(options, common_);
    for (const auto& entry : kCommands) add(entry, entry.make());
    for (const auto& entry : kManualCommands) add(entry, entry.make(text_));
  }

  int run(int argc, char** argv) {
    common_.command_line = {argv, argv + argc};
    auto words = joined_words({argv + 1, argv + argc});
    std::reverse(words.begin(), words.end());  // as CLI11 wants them
    try {
      app_.parse(std::move(words));
    } catch (const CLI::CallForHelp&) {
      const auto& command = find_command(text_, given_commands(app_));
      return exit_code_of([&] { print_text("{}", help_text(text_, command, terminal_width())); });
    } catch (const CLI::ParseError& error) {
      return usage_exit(error);
    } catch (const Error& error) {
      return exit_code_of([&] { throw error; });
    }
    return exit_code_of([&] {
      start_log(common_);
      run_or_print(*commands_.at(given_commands(app_).front()), common_);
    });
  }

 private:
  void add(const auto& entry, std::unique_ptr<Command> command) {
    const std::string name(entry.name);
    auto* sub = app_.add_subcommand(name);
    sub->fallthrough();
    Options options(*sub, common_, text_.commands.emplace_back(CommandText{name, std::string(entry.summary)}));
    text_.commands.back().example = entry.example;
    command->declare(options);
    commands_[name] = std::move(command);
  }

  int usage_exit(const CLI::ParseError& error) const {
    if (error.get_exit_code() == 0) return exit_code_of([&] { app_.exit(error); });  // --version, --help-config
    std::cerr << "error: " << usage_problem(app_, error) << "\n";
    return static_cast<int>(ErrorKind::kUsage);
  }

  CommandText text_ = program_text();
  CommonOptions common_;
  CLI::App app_;
  std::map<std::string, std::unique_ptr<Command>> commands_;
};

}  // namespace
}  // namespace llama32med

int main(int argc, char** argv) {
  // A file over the limit and a log nobody reads any more are errors of the write, not the end of a long run.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  llama32med::restore_environment();
  llama32med::load_gpu_backend();  // before any other use of libtorch
  return llama32med::CommandLine().run(argc, argv);
}
