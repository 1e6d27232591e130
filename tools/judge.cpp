#include "app/rate/judge.h"

#include <fmt/format.h>

#include "command.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"

namespace llama32med {
namespace {

class JudgeCommand final : public Command {
 public:
  void declare(Options& options) override {
    options.text("action", action_,
                 "export: requests in the batch form of OpenAI-compatible servers; import: their answers; "
                 "run: asks an endpoint and imports");
    options.path("--run", run_, "folder of a finished eval or score, or a predictions.jsonl");
    options.path("--out", out_, "folder for what is written; the run's if not given");
    options.text("--model", job_.setup.model, "the judge, as its server calls it");
    options.text("--prompt-file", job_.prompt,
                 "judge_caption (1 to 5), judge_vqa (same meaning or not), or a file of yours");
    options.number("--sample", job_.sample, "so many items, drawn by --seed; 0: all");
    options.number("--repeats", job_.setup.repeats, "each item so many times, for the judge's own variance");
    options.number("--max-tokens", job_.setup.max_tokens, "an answer ends here at the latest");
    options.path("--answers", answers_, "import: batch output, or lines {custom_id, text}");
    options.text("--base-url", endpoint_.base_url, "run: the server, https://host/v1");
    options.text("--key-variable", endpoint_.key_variable,
                 "run: name of the environment variable that holds the key; \"\" for a server without keys");
    options.number("--concurrency", endpoint_.concurrency, "run: requests under way at a time");
    options.number("--retries", endpoint_.retries, "run: of a request that fails, with growing pauses");
    options.number("--reasks", endpoint_.reasks, "run: of an answer without a score");
    options.number("--timeout", timeout_seconds_, "run: seconds for one answer");
    options.number("--first-pause-ms", first_pause_ms_, "run: before the first retry; doubles with each");
  }

  void run(const CommonOptions& common) override {
    job_.run = run_;
    job_.out = out_;
    job_.seed = static_cast<std::uint64_t>(load_run_config(common.sources).generate.seed);
    if (job_.sample < 0) throw usage_error("--sample {}: must be 0 or more", job_.sample);
    if (action_ == "export") return export_requests(common);
    if (action_ == "import") return print(common, import_judge(run_, out_, answers_));
    if (action_ == "run") return ask(common);
    if (action_.empty()) throw usage_error("judge: say what to do: judge export, judge import or judge run");
    throw usage_error("judge: \"{}\" is not known{}; known are export, import and run", action_,
                      did_you_mean(action_, {"export", "import", "run"}));
  }

 private:
  static void print(const CommonOptions& common, const JudgeResult& result) {
    fmt::print("{}", common.json ? json_line(judge_json(result)) + "\n" : judge_markdown(result));
  }

  void export_requests(const CommonOptions& common) const {
    const auto count = export_judge(job_);
    if (common.json)
      fmt::print("{}\n", json_line({{"requests", count}}));
    else
      fmt::print("{} requests in judge_requests.jsonl\n", count);
  }

  void ask(const CommonOptions& common) {
    if (endpoint_.base_url.empty()) throw usage_error("judge run: give --base-url, https://host/v1");
    for (const auto& [name, value] :
         {std::pair{"--concurrency", endpoint_.concurrency}, {"--timeout", timeout_seconds_}})
      if (value < 1) throw usage_error("{} {}: must be at least 1", name, value);
    endpoint_.timeout_seconds = static_cast<double>(timeout_seconds_);
    endpoint_.first_pause_seconds = static_cast<double>(first_pause_ms_) / 1000;
    const auto outcome = run_judge(job_, endpoint_, common.progress());
    print(common, outcome.result);
    const auto& counts = outcome.counts;
    if (!common.json)
      fmt::print("\n{} requests, {} answered before, {} retries, {} asked again without a score, {} failed\n",
                 counts.requests, counts.already, counts.retries, counts.reasks, counts.failed);
  }

  std::string action_;
  std::filesystem::path run_, out_, answers_;
  JudgeJob job_;
  JudgeEndpoint endpoint_;
  std::int64_t timeout_seconds_ = 120, first_pause_ms_ = 1000;
};

}  // namespace

std::unique_ptr<Command> make_judge_command() { return std::make_unique<JudgeCommand>(); }

}  // namespace llama32med
