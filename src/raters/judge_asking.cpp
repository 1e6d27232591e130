#include "llama32med/raters/judge_asking.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <thread>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/core/json_object.h"
#include "llama32med/core/random.h"
#include "llama32med/core/strings.h"
#include "raters/http_posts.h"
#include "raters/judge_route.h"

namespace llama32med {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPoll = std::chrono::milliseconds(100);
constexpr double kLongestPause = 60, kLongestRetryAfter = 1e6;  // a server may say any number
constexpr std::size_t kShownBytes = 300;                        // how much of a response an error quotes

bool worth_a_retry(long status) {
  return status == 0 || status == 408 || status == 409 || status == 429 || status >= 500;
}

struct Pending {
  std::size_t request;
  std::int64_t retries = 0, reasks = 0;
  Clock::time_point not_before = {};
};

// Removes a last line that is incomplete because the program was killed.
void trim_to_whole_lines(const std::filesystem::path& file) {
  if (!is_there(file)) return;
  const auto text = read_file(file);
  const auto end = text.rfind('\n');
  const auto whole = end == text.npos ? 0 : end + 1;
  if (whole < text.size()) cut_file(file, static_cast<std::int64_t>(whole));
}

std::map<std::string, std::int64_t> lines_by_id(const std::filesystem::path& file) {
  std::map<std::string, std::int64_t> counts;
  if (is_there(file))
    for_each_json_line(file, [&](const Json& line, const std::string&) {
      if (const auto* id = json_at(line, {"custom_id"}); id && id->is_string()) ++counts[id->get<std::string>()];
    });
  return counts;
}

// An answer of the judge is nested a few levels deep, and is written to the file of answers within other levels.
constexpr JsonLimits kReplyLimits{.depth = 100};

Json json_or_null(const std::string& text) { return try_parse_json(text, kReplyLimits).value_or(Json()); }

double seconds_of(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

class Asking {
 public:
  Asking(const std::vector<Json>& requests, const JudgeEndpoint& endpoint, JudgeTask task,
         const std::filesystem::path& answers, const OnJudgeProgress& on_progress)
      : requests_(requests),
        endpoint_(endpoint),
        task_(task),
        route_(judge_route(endpoint)),
        posts_({.url = route_.url,
                .secret_header = route_.key.empty() ? "" : "Authorization: Bearer " + route_.key,
                .proxy = route_.proxy,
                .timeout_seconds = endpoint.timeout_seconds}),
        on_progress_(on_progress) {
    counts_.requests = requests.size();
    queue_what_is_left(answers);
    writer_ = std::make_unique<LineWriter>(answers);
  }

  JudgeRunCounts run() {
    while (!pending_.empty() || posts_.active() > 0) {
      on_progress_(counts_);
      start_due();
      if (posts_.active() > 0)
        for (const auto& reply : posts_.wait(kPoll)) take(reply);
      else
        wait_for_the_next();
    }
    writer_->sync();
    on_progress_(counts_);
    return counts_;
  }

 private:
  std::string id_of(std::size_t request) const { return requests_[request]["custom_id"].get<std::string>(); }

  void queue_what_is_left(const std::filesystem::path& answers) {
    trim_to_whole_lines(answers);
    const auto lines = lines_by_id(answers);
    std::map<std::string, JudgeAnswer> have;
    if (!lines.empty())
      for (auto& answer : read_judge_answers(answers)) have[answer.custom_id] = answer;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      const auto found = have.find(id_of(i));
      Pending next{.request = i};
      if (found != have.end() && found->second.error.empty()) {
        const auto asked = lines.at(found->first);
        if (parse_judge_answer(task_, found->second.text) || asked > endpoint_.reasks) {
          ++counts_.already;
          continue;
        }
        next.reasks = asked;
      }
      pending_.push_back(next);
    }
    counts_.done = counts_.already;
  }

  Clock::time_point earliest() const { return std::ranges::min(pending_, {}, &Pending::not_before).not_before; }

  // Nothing is being asked and nothing may be asked yet.
  void wait_for_the_next() {
    const auto left = std::max(seconds_of(earliest() - Clock::now()), 0.0);
    if (waited_seconds_ + left > endpoint_.longest_wait_seconds)
      throw resource_error(
          "{}: the next try is due in {:.0f} s, as the server asks, and --max-wait allows pauses of {:.0f} s in all; "
          "{} "
          "of {} requests are answered, and the same command resumes",
          route_.url, left, endpoint_.longest_wait_seconds, counts_.done - counts_.failed, counts_.requests);
    counts_.waiting_seconds = left;
    on_progress_(counts_);
    const auto pause = std::min(left, seconds_of(kPoll));
    std::this_thread::sleep_for(std::chrono::duration<double>(pause));
    waited_seconds_ += pause;
    counts_.waiting_seconds = 0;
  }

  void start_due() {
    const auto now = Clock::now();
    for (auto next = pending_.begin();
         next != pending_.end() && posts_.active() < static_cast<std::size_t>(endpoint_.concurrency);) {
      if (next->not_before > now) {
        ++next;
        continue;
      }
      posts_.start(next->request, json_line(requests_[next->request]["body"]));
      active_[next->request] = *next;
      next = pending_.erase(next);
    }
  }

  void take(const HttpReply& reply) {
    auto state = active_.at(reply.id);
    active_.erase(reply.id);
    const auto body = json_or_null(reply.body);
    const auto text = reply.status == 200 && reply.problem.empty() ? judge_answer_text(body) : std::nullopt;
    if (text) return take_answer(state, body, *text);
    const auto problem = problem_of(reply);
    if (reply.status == 401 || reply.status == 403)
      throw usage_error("{}: rejects the key in {} ({})", route_.url, endpoint_.key_variable, problem);
    if (reply.status == 404) throw usage_error("{}: no such address or model ({})", route_.url, problem);
    const bool again = reply.status == 200 || worth_a_retry(reply.status);
    if (again && state.retries < endpoint_.retries) return retry(state, reply);
    if (reply.status == 0 && !reached_)
      throw resource_error("{}: cannot be reached: {} ({} tries)", route_.url, problem, state.retries + 1);
    ++counts_.failed;
    ++counts_.done;
    if (counts_.first_failure.empty()) counts_.first_failure = problem;
    writer_->write(
        json_line({{"custom_id", id_of(state.request)}, {"response", Json()}, {"error", {{"message", problem}}}}));
  }

  std::string problem_of(const HttpReply& reply) const {
    if (!reply.problem.empty()) return reply.problem;
    const auto shown = clean(reply.body);  // before it is cut, which could leave a part of the key
    return fmt::format("status {}: {}", reply.status, replace_invalid_utf8(shown.substr(0, kShownBytes)));
  }

  std::string clean(const std::string& text) const { return without_key(text, route_.key); }

  void take_answer(Pending state, const Json& body, const std::string& text) {
    reached_ = true;
    auto line = json_line(
        {{"custom_id", id_of(state.request)}, {"response", {{"status_code", 200}, {"body", body}}}, {"error", Json()}});
    writer_->write(clean(line));
    if (parse_judge_answer(task_, text) || state.reasks >= endpoint_.reasks) {
      ++counts_.done;
      return;
    }
    ++counts_.reasks;
    pending_.push_back({.request = state.request, .reasks = state.reasks + 1});
  }

  void retry(Pending state, const HttpReply& reply) {
    reached_ = reached_ || reply.status != 0;
    ++counts_.retries;
    // Up to a quarter longer, so that requests that failed together are not retried together.
    const auto jitter =
        RandomStream(fnv1a64(id_of(state.request)), static_cast<std::uint64_t>(state.retries)).uniform() / 4;
    auto pause = endpoint_.first_pause_seconds * std::pow(2.0, static_cast<double>(state.retries)) * (1 + jitter);
    pause = std::min(pause, kLongestPause);
    if (reply.retry_after) pause = std::min(*reply.retry_after, kLongestRetryAfter);
    ++state.retries;
    state.not_before = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(pause));
    pending_.push_back(state);
  }

  const std::vector<Json>& requests_;
  const JudgeEndpoint& endpoint_;
  JudgeTask task_;
  JudgeRoute route_;
  HttpPosts posts_;
  const OnJudgeProgress& on_progress_;
  std::unique_ptr<LineWriter> writer_;
  std::vector<Pending> pending_;
  std::map<std::size_t, Pending> active_;
  JudgeRunCounts counts_;
  double waited_seconds_ = 0;
  bool reached_ = false;
};

}  // namespace

JudgeRunCounts ask_judge(const std::vector<Json>& requests, const JudgeEndpoint& endpoint, JudgeTask task,
                         const std::filesystem::path& answers, const OnJudgeProgress& on_progress) {
  return Asking(requests, endpoint, task, answers, on_progress).run();
}

}  // namespace llama32med
