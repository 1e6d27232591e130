#include "app/rate/judge.h"

#include <fmt/format.h>

#include "command.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/strings.h"
#include "print.h"

namespace llama32med {
namespace {

class JudgeCommand final : public Command {
 public:
  void declare(Options& options) override {
    auto exporting =
        options.action("export", action_, "Write requests in the batch format of OpenAI-compatible servers");
    declare_run(exporting);
    declare_requests(exporting);
    auto importing = options.action("import", action_, "Read the answers to exported requests");
    declare_run(importing);
    importing.group("Answers");
    importing.file(
        "--answers", answers_,
        "batch output of the server, or JSON lines {custom_id, text} (default: judge_answers.jsonl in --out)");
    auto asking = options.action("run", action_, "Ask an endpoint, then read its answers");
    declare_run(asking);
    declare_requests(asking);
    declare_endpoint(asking);
  }

  void run(const CommonOptions& common) override {
    job_.run = run_;
    job_.out = out_;
    job_.seed = static_cast<std::uint64_t>(load_run_config(common.sources).generate.seed);
    if (fresh_) job_.resume = Resume::kFresh;
    if (job_.sample < 0) throw usage_error("--sample {}: must be 0 or more", job_.sample);
    if (action_ == "export") return export_requests(common);
    if (action_ == "import") return print(common, import_judge(run_, out_, answers_));
    if (action_ == "run") return ask(common);
    throw usage_error("judge: no action; give judge export, judge import or judge run");
  }

 private:
  void declare_run(Options& options) {
    options.group("Run");
    options.file("--run", run_, "folder of a finished eval or score, or its predictions.jsonl", "PATH");
    options.folder("--out", out_, "folder for the files written (default: the folder of the run)");
  }

  void declare_requests(Options& options) {
    options.group("Requests");
    options.text("--model", job_.setup.model, "name of the judge model on its server");
    options.prompt("--prompt-file", job_.prompt,
                   "judge prompt: judge_caption (grades 1 to 5), judge_vqa (same meaning or not), or a file");
    options.number("--sample", job_.sample, "judge only N items, drawn at random by --seed; 0: all");
    options.number("--repeats", job_.setup.repeats, "requests per item, to measure the judge's own variance");
    options.number("--max-tokens", job_.setup.max_tokens, "maximum length of a judge's answer, in tokens");
    options.flag("--fresh", fresh_, "discard the answers to an earlier plan and start over");
  }

  void declare_endpoint(Options& options) {
    options.group("Endpoint");
    options.text("--base-url", endpoint_.base_url, "base URL of the server, https://host/v1");
    options.text("--key-variable", endpoint_.key_variable,
                 "name of the environment variable that holds the API key; \"\" for a server without keys");
    options.number("--concurrency", endpoint_.concurrency, "number of requests in flight");
    options.number("--retries", endpoint_.retries, "retries of a failed request, with growing pauses");
    options.number("--reasks", endpoint_.reasks, "how often to ask again when an answer has no score");
    options.number("--timeout", timeout_seconds_, "timeout of a request, in seconds");
    options.number("--first-pause-ms", first_pause_ms_,
                   "pause before the first retry, in milliseconds; doubles each time");
    options.number("--max-wait", longest_wait_seconds_,
                   "how long to wait in all when the server asks for pauses (Retry-After), in seconds");
    options.flag("--key-over-http", key_over_http_, "send the key over plain http, readable on the way");
    options.flag("--key-through-proxy", key_through_proxy_,
                 "send the key through the proxy that the environment names");
  }

  static void print(const CommonOptions& common, const JudgeResult& result) {
    print_text("{}", common.json ? json_line(judge_json(result)) + "\n" : judge_markdown(result));
  }

  void export_requests(const CommonOptions& common) const {
    const auto count = export_judge(job_);
    if (common.json)
      print_text("{}\n", json_line({{"requests", count}}));
    else
      print_text("{} requests written to judge_requests.jsonl\n", count);
  }

  static void require_within(const char* name, std::int64_t value, std::int64_t lowest) {
    static constexpr std::int64_t kHighest = 1'000'000;
    if (value < lowest || value > kHighest) throw usage_error("{} {}: must be {} to {}", name, value, lowest, kHighest);
  }

  void ask(const CommonOptions& common) {
    if (endpoint_.base_url.empty()) throw usage_error("judge run: give --base-url URL, as https://host/v1");
    for (const auto& [name, value] :
         {std::pair{"--concurrency", endpoint_.concurrency}, {"--timeout", timeout_seconds_}})
      require_within(name, value, 1);
    for (const auto& [name, value] : {std::pair{"--retries", endpoint_.retries},
                                      {"--reasks", endpoint_.reasks},
                                      {"--first-pause-ms", first_pause_ms_},
                                      {"--max-wait", longest_wait_seconds_}})
      require_within(name, value, 0);
    endpoint_.timeout_seconds = static_cast<double>(timeout_seconds_);
    endpoint_.first_pause_seconds = static_cast<double>(first_pause_ms_) / 1000;
    endpoint_.longest_wait_seconds = static_cast<double>(longest_wait_seconds_);
    endpoint_.key_over_http = key_over_http_ ? KeyPath::kAllowed : KeyPath::kRefused;
    endpoint_.key_through_proxy = key_through_proxy_ ? KeyPath::kAllowed : KeyPath::kRefused;
    const auto outcome = run_judge(job_, endpoint_, common.progress());
    const auto& counts = outcome.counts;
    if (counts.failed > 0 && counts.failed == counts.requests)
      throw resource_error("judge run: all {} requests failed, the first because of: {}", counts.requests,
                           counts.first_failure);
    print(common, outcome.result);
    if (!common.json)
      print_text("\n{} requests, {} already answered, {} retries, {} asked again for lack of a score, {} failed\n",
                 counts.requests, counts.already, counts.retries, counts.reasks, counts.failed);
  }

  std::string action_;
  std::filesystem::path run_, out_, answers_;
  JudgeJob job_;
  bool fresh_ = false;
  JudgeEndpoint endpoint_;
  std::int64_t timeout_seconds_ = 120, first_pause_ms_ = 1000, longest_wait_seconds_ = 600;
  bool key_over_http_ = false, key_through_proxy_ = false;
};

}  // namespace

std::unique_ptr<Command> make_judge_command() { return std::make_unique<JudgeCommand>(); }

}  // namespace llama32med
