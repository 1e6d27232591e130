// A subcommand: its options and what it does. main.cpp lists them all.
#pragma once
#include <memory>
#include <string_view>

#include "app/common/run_config.h"
#include "options.h"

namespace llama32med {

class Command {
 public:
  virtual ~Command() = default;
  virtual void declare(Options& options) = 0;
  // The effective config with its sources, as --print-config shows it.
  virtual SourcedConfig config(const CommonOptions& common) const { return load_sourced_config(common.sources); }
  // Prints its result on standard output. Throws Error for what the user can fix.
  virtual void run(const CommonOptions& common) = 0;
};

struct CommandEntry {
  std::string_view name, summary, example;
  std::unique_ptr<Command> (*make)();
};

// They read `program` when they run, so it may still be incomplete here.
std::unique_ptr<Command> make_help_command(const CommandText& program);
std::unique_ptr<Command> make_completion_command(const CommandText& program);
std::unique_ptr<Command> make_man_command(const CommandText& program);

std::unique_ptr<Command> make_bench_command();
std::unique_ptr<Command> make_data_command();
std::unique_ptr<Command> make_eval_command();
std::unique_ptr<Command> make_generate_command();
std::unique_ptr<Command> make_init_command();
std::unique_ptr<Command> make_inspect_command();
std::unique_ptr<Command> make_judge_command();
std::unique_ptr<Command> make_merge_command();
std::unique_ptr<Command> make_paper_command();
std::unique_ptr<Command> make_plan_command();
std::unique_ptr<Command> make_quantize_command();
std::unique_ptr<Command> make_report_command();
std::unique_ptr<Command> make_review_command();
std::unique_ptr<Command> make_score_command();
std::unique_ptr<Command> make_trace_command();
std::unique_ptr<Command> make_train_command();

}  // namespace llama32med
