#include "app/rate/judge.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <ctime>
#include <map>

#include "app/common/load.h"
#include "app/common/output_folder.h"
#include "app/common/stop_signal.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/json_object.h"
#include "llama32med/core/sha256.h"
#include "llama32med/raters/judge_asking.h"
#include "llama32med/raters/review.h"
#include "llama32med/scoring/answered_run.h"
#include "llama32med/scoring/prediction_reader.h"

namespace llama32med {
namespace {

std::vector<JudgeItem> read_items(const std::filesystem::path& run, JudgeTask task) {
  std::vector<JudgeItem> items;
  for (const auto& item : read_self_contained(run_files(run).predictions)) {
    const auto text =
        task == JudgeTask::kCaption
            ? item.prediction.text
            : protocol("paper").score(scored_answer(item, "")).extracted;  // without the training template
    items.push_back({item.record.id, item.record.question, item.record.answer, text});
  }
  return items;
}

std::string today() {
  const auto now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  return fmt::format("{:04}-{:02}-{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
}

// Hash of the items' texts: detects predictions that changed after the judge was asked.
std::string items_sha256(const std::vector<JudgeItem>& items) {
  Sha256 sum;
  for (const auto& item : items)
    for (const auto* text : {&item.id, &item.question, &item.reference, &item.prediction}) sum.add(*text + "\x1F");
  return sum.hex();
}

struct Plan {
  std::vector<JudgeItem> items;
  PromptTemplate prompt;
  JudgeTask task;
  Json json;
};

Plan make_plan(const JudgeJob& job) {
  if (job.setup.model.empty()) throw usage_error("judge: give --model NAME, the name of the judge model on its server");
  if (job.setup.repeats < 1) throw usage_error("judge: --repeats {}: must be at least 1", job.setup.repeats);
  auto prompt = find_prompt(job.prompt);
  const auto task = judge_task(prompt);
  auto items = read_items(job.run, task);
  if (job.sample > 0) items = sample_items(items, static_cast<std::size_t>(job.sample), job.seed);
  Json ids = Json::array();
  for (const auto& item : items) ids.push_back(item.id);
  Json json = {{"model", job.setup.model},
               {"prompt", prompt.name()},
               {"prompt_sha256", sha256(prompt.source())},
               {"task", task == JudgeTask::kCaption ? "caption" : "vqa"},
               {"temperature", 0},
               {"max_tokens", job.setup.max_tokens},
               {"repeats", job.setup.repeats},
               {"sample", job.sample},
               {"seed", job.seed},
               {"items_sha256", items_sha256(items)},
               {"ids", std::move(ids)}};
  return {std::move(items), std::move(prompt), task, std::move(json)};
}

// Pauses in which nothing can be asked: each longer one is logged once, and shown beside the progress while it lasts.
class WaitNotice {
 public:
  std::string operator()(double seconds) {
    static constexpr double kWorthALine = 5;
    if (seconds > kWorthALine && seconds > before_)
      spdlog::info("judge: waiting {:.0f} s, as the server asks", seconds);
    before_ = seconds;
    return seconds > 0 ? fmt::format("waiting {:.0f} s", seconds) : "";
  }

 private:
  double before_ = 0;
};

constexpr const char* kPlanFile = "judge_plan.json";
constexpr const char* kAnswersFile = "judge_answers.jsonl";

// A plan without answers may be replaced; answers that belong to a different plan are never resumed.
std::filesystem::path claim_folder(const JudgeJob& job, const Json& plan) {
  const auto folder = run_files(job.run, job.out).folder;
  make_folder(folder);
  if (job.resume == Resume::kFresh) remove_file(folder / kAnswersFile);
  if (!is_there(folder / kAnswersFile)) remove_file(folder / kPlanFile);
  claim_run_folder(folder, plan, {.identity = kPlanFile, .results = {kAnswersFile}});
  return folder;
}

std::size_t write_requests(const std::filesystem::path& folder, const std::vector<Json>& requests) {
  std::string text;
  for (const auto& request : requests) text += json_line(request) + "\n";
  write_file(folder / "judge_requests.jsonl", text);
  return requests.size();
}

// The caller holds the lock of the folder.
JudgeResult judge_of_answers(const std::filesystem::path& run, const std::filesystem::path& out,
                             const std::filesystem::path& answers) {
  const auto folder = run_files(run, out).folder;
  const auto file = folder / kPlanFile;
  if (!is_there(file))
    throw data_error("{}: no such file; `llama32med judge export` writes it with the requests", file.string());
  const auto json = read_json(file);
  const JsonObject plan(json, file.string());
  const auto task = plan.text("task") == "vqa" ? JudgeTask::kVqa : JudgeTask::kCaption;
  std::map<std::string, JudgeItem> by_id;
  for (auto& item : read_items(run, task)) by_id[item.id] = std::move(item);
  std::vector<JudgeItem> items;
  for (const auto& id : plan.texts("ids"))
    if (const auto found = by_id.find(id); found != by_id.end()) items.push_back(found->second);
  if (items_sha256(items) != plan.text("items_sha256"))
    throw data_error("{}: the predictions changed since the judge was asked; export again", file.string());
  constexpr IntegerRange kMostRepeats{1, 1'000'000};
  const JudgeIdentity identity{
      plan.text("model"),  plan.text("prompt"), plan.text("prompt_sha256"), today(), plan.integer("sample", {0}, 0),
      plan.seed("seed", 0)};
  const auto source = answers.empty() ? folder / kAnswersFile : answers;
  auto result =
      judge_result(items, read_judge_answers(source), task, identity, plan.integer("repeats", kMostRepeats, 1));
  if (task == JudgeTask::kVqa)
    if (const auto experts = human_scores(run_files(run).folder); !experts.empty())
      result.experts = agreement_with_experts(result, experts);
  write_json(folder / "judge.json", judge_json(result));
  write_file(folder / "judge.md", judge_markdown(result));
  return result;
}

}  // namespace

std::size_t export_judge(const JudgeJob& job) {
  const auto plan = make_plan(job);
  const auto lock = lock_folder(run_files(job.run, job.out).folder);
  const auto folder = claim_folder(job, plan.json);
  return write_requests(folder, judge_requests(plan.items, plan.prompt, job.setup));
}

JudgeResult import_judge(const std::filesystem::path& run, const std::filesystem::path& out,
                         const std::filesystem::path& answers) {
  const auto lock = lock_folder(run_files(run, out).folder);
  return judge_of_answers(run, out, answers);
}

JudgeRunOutcome run_judge(const JudgeJob& job, const JudgeEndpoint& endpoint, ProgressStyle progress) {
  watch_stop_signals();
  const auto plan = make_plan(job);
  const auto lock = lock_folder(run_files(job.run, job.out).folder);
  const auto folder = claim_folder(job, plan.json);
  const auto requests = judge_requests(plan.items, plan.prompt, job.setup);
  write_requests(folder, requests);
  JudgeRunOutcome outcome;
  Progress bar("judge", "answers", progress);
  WaitNotice notice;
  outcome.counts = ask_judge(requests, endpoint, plan.task, folder / kAnswersFile, [&](const auto& now) {
    if (now.done < now.requests) throw_if_stopped();
    bar.update(now.done, now.requests, now.done - now.already, notice(now.waiting_seconds));
  });
  outcome.result = judge_of_answers(job.run, job.out, {});
  return outcome;
}

}  // namespace llama32med
