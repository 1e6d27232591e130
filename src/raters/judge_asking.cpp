#include "llama32med/raters/judge_asking.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <map>
#include <memory>
#include <thread>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/core/random.h"
#include "llama32med/core/strings.h"
#include "raters/http_posts.h"

namespace llama32med {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPoll = std::chrono::milliseconds(100);
constexpr double kLongestPause = 60, kLongestRetryAfter = 600;
constexpr std::size_t kShownBytes = 300;  // how much of a response an error quotes

std::string key_of(const std::string& variable) {
  if (variable.empty()) return "";
  const char* value = std::getenv(variable.c_str());
  if (!value || trim(value).empty())
    throw usage_error(
        "the environment variable {} is not set; it must contain the key of the judge's server (or choose another "
        "variable with --key-variable, \"\" for a server without keys)",
        variable);
  const std::string key(trim(value));
  if (std::ranges::any_of(key, [](char c) { return c <= ' ' || c >= 0x7F || c == '"' || c == '\\'; }))
    throw usage_error("the key in {} contains spaces, quotes or other characters that are not allowed in a key",
                      variable);
  return key;
}

std::string url_of(const std::string& base_url) {
  auto url = base_url.substr(0, base_url.find_last_not_of('/') + 1);
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    throw usage_error("--base-url {}: must begin with http:// or https://", base_url);
  if (url.ends_with("/chat/completions")) return url;
  if (url.find('/', url.find("://") + 3) == url.npos) url += "/v1";
  url += "/chat/completions";
  return url;
}

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
      if (line.is_object() && line.contains("custom_id") && line["custom_id"].is_string())
        ++counts[line["custom_id"].get<std::string>()];
    });
  return counts;
}

Json json_or_null(const std::string& text) {
  try {
    return parse_json(text, "reply");
  } catch (const Error&) {
    return {};
  }
}

class Asking {
 public:
  Asking(const std::vector<Json>& requests, const JudgeEndpoint& endpoint, JudgeTask task,
         const std::filesystem::path& answers, const OnJudgeProgress& on_progress)
      : requests_(requests),
        endpoint_(endpoint),
        task_(task),
        key_(key_of(endpoint.key_variable)),
        url_(url_of(endpoint.base_url)),
        posts_(url_, key_.empty() ? "" : std::string("Authorization: Bearer ").append(key_), endpoint.timeout_seconds),
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
        std::this_thread::sleep_for(std::min<Clock::duration>(kPoll, earliest() - Clock::now()));
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
    const auto text = reply.status == 200 ? judge_answer_text(body) : std::nullopt;
    if (text) return take_answer(state, body, *text);
    const auto problem = reply.status == 0  // cleaned before truncation, which could leave a part of the key
                             ? reply.problem
                             : fmt::format("status {}: {}", reply.status, clean(reply.body).substr(0, kShownBytes));
    if (reply.status == 401 || reply.status == 403)
      throw usage_error("{}: rejects the key in {} ({})", url_, endpoint_.key_variable, problem);
    if (reply.status == 404) throw usage_error("{}: no such address or model ({})", url_, problem);
    const bool again = reply.status == 200 || worth_a_retry(reply.status);
    if (again && state.retries < endpoint_.retries) return retry(state, reply);
    if (reply.status == 0 && !reached_)
      throw resource_error("{}: cannot be reached: {} ({} tries)", url_, problem, state.retries + 1);
    ++counts_.failed;
    ++counts_.done;
    writer_->write(
        json_line({{"custom_id", id_of(state.request)}, {"response", Json()}, {"error", {{"message", problem}}}}));
  }

  void take_answer(Pending state, const Json& body, const std::string& text) {
    reached_ = true;
    auto line = json_line(
        {{"custom_id", id_of(state.request)}, {"response", {{"status_code", 200}, {"body", body}}}, {"error", Json()}});
    writer_->write(clean(std::move(line)));
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

  // Servers may repeat the key in their errors.
  // The key as it is, and as a JSON writer may escape it: "/" as "\\/", any character as "\\u002f".
  std::string clean(std::string text) const {
    if (key_.empty()) return text;
    for (std::size_t begin = 0; begin < text.size(); ++begin)
      if (const auto length = length_of_key(text, begin)) text.replace(begin, length, "***");
    return text;
  }

  // Characters of `text` from `begin` on that spell the key; 0 if they do not.
  std::size_t length_of_key(const std::string& text, std::size_t begin) const {
    auto at = begin;
    for (const char c : key_) {
      const auto rest = std::string_view(text).substr(std::min(at, text.size()));
      const auto code = fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
      if (rest.starts_with(c))
        ++at;
      else if (rest.size() > 1 && rest[0] == '\\' && rest[1] == c)
        at += 2;
      else if (ascii_lower(rest.substr(0, code.size())) == code)
        at += code.size();
      else
        return 0;
    }
    return at - begin;
  }

  const std::vector<Json>& requests_;
  const JudgeEndpoint& endpoint_;
  JudgeTask task_;
  std::string key_, url_;
  HttpPosts posts_;
  const OnJudgeProgress& on_progress_;
  std::unique_ptr<LineWriter> writer_;
  std::vector<Pending> pending_;
  std::map<std::size_t, Pending> active_;
  JudgeRunCounts counts_;
  bool reached_ = false;
};

}  // namespace

JudgeRunCounts ask_judge(const std::vector<Json>& requests, const JudgeEndpoint& endpoint, JudgeTask task,
                         const std::filesystem::path& answers, const OnJudgeProgress& on_progress) {
  return Asking(requests, endpoint, task, answers, on_progress).run();
}

}  // namespace llama32med
