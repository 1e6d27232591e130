#include "llama32med/raters/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/id_list.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/core/random.h"
#include "llama32med/core/strings.h"
#include "llama32med/scoring/agreement.h"
#include "llama32med/scoring/bootstrap.h"

namespace llama32med {
namespace {

std::string repeat_id(const std::string& id, std::int64_t repeat) {  // from 1
  return repeat == 1 ? id : fmt::format("{}#{}", id, repeat);
}

const char* role_name(Role role) {
  return role == Role::kSystem ? "system" : role == Role::kUser ? "user" : "assistant";
}

JudgeAnswer answer_of(const Json& line, const std::string& where) {
  if (!line.is_object() || !line.contains("custom_id") || !line["custom_id"].is_string())
    throw data_error(
        "{}: \"custom_id\" is missing or not text; a line is {{custom_id, response}} or {{custom_id, text}}", where);
  JudgeAnswer answer{.custom_id = line["custom_id"].get<std::string>()};
  if (line.contains("text")) {
    if (!line["text"].is_string()) throw data_error("{}: \"text\" is {}, not text", where, line["text"].type_name());
    answer.text = line["text"].get<std::string>();
    return answer;
  }
  const auto response = line.value("response", Json());
  const auto error = line.value("error", Json());
  if (response.is_object()) {
    const auto body = response.value("body", Json());
    if (const auto content = judge_answer_text(body)) {
      answer.text = *content;
      return answer;
    }
    answer.error = error.is_null() ? "no answer in the response: " + json_line(body) : json_line(error);
    return answer;
  }
  if (error.is_null()) throw data_error("{}: has none of \"text\", \"response\" and \"error\"", where);
  answer.error = json_line(error);
  return answer;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

using Scores = std::map<std::string, std::vector<double>>;  // item id -> scores of its repeats

// 95 % interval of the mean, items drawn with replacement (bootstrap.h, which requires scores of at most 1).
std::optional<Interval> bootstrap_mean(const Scores& scores) {
  static constexpr double kLargest = 5;
  if (scores.size() < 2) return std::nullopt;
  std::vector<std::string> ids;
  std::vector<ImageScore> means;
  for (const auto& [id, values] : scores) {
    ids.push_back(id);
    means.push_back({&id, mean(values) / kLargest});
  }
  auto interval = ImageBootstrap(std::move(ids)).interval95(means);
  if (interval) interval = Interval{kLargest * interval->low, kLargest * interval->high};
  return interval;
}

std::optional<double> repeat_deviation(const Scores& scores) {
  std::vector<double> deviations;
  for (const auto& [id, values] : scores) {
    if (values.size() < 2) continue;
    double squares = 0;
    for (const double value : values) squares += (value - mean(values)) * (value - mean(values));
    deviations.push_back(std::sqrt(squares / static_cast<double>(values.size() - 1)));
  }
  return deviations.empty() ? std::nullopt : std::optional(mean(deviations));
}

void check_ids(const std::set<std::string>& expected, const std::vector<JudgeAnswer>& answers) {
  std::vector<std::string> strange;
  for (const auto& answer : answers)
    if (!expected.contains(answer.custom_id)) strange.push_back(answer.custom_id);
  if (!strange.empty())
    throw data_error("{} answers belong to no request: {}; are they from another run?", strange.size(),
                     listed(strange));
}

JudgedItem judged(const std::string& custom_id, const std::string& item_id, const JudgeAnswer* answer, JudgeTask task) {
  JudgedItem item{.custom_id = custom_id, .item_id = item_id};
  if (!answer) return item;
  if (!answer->error.empty()) {
    item.status = JudgeStatus::kError;
    item.raw = answer->error;
    return item;
  }
  const auto score = parse_judge_answer(task, answer->text);
  item.status = score ? JudgeStatus::kParsed : JudgeStatus::kUnparsed;
  item.score = score.value_or(0);
  item.raw = answer->text;
  return item;
}

}  // namespace

std::optional<std::string> judge_answer_text(const Json& body) {
  if (!body.is_object() || !body.contains("choices") || !body["choices"].is_array() || body["choices"].empty())
    return std::nullopt;
  const auto message = body["choices"][0].is_object() ? body["choices"][0].value("message", Json()) : Json();
  if (!message.is_object()) return std::nullopt;
  const auto content = message.value("content", Json());
  return content.is_string() ? std::optional(content.get<std::string>()) : std::nullopt;
}

JudgeTask judge_task(const PromptTemplate& prompt) {
  auto slots = prompt.slots(PromptUse::kAnswer);
  std::ranges::sort(slots);
  if (slots == std::vector<std::string>{"generated_text", "ground_truth"}) return JudgeTask::kCaption;
  if (slots == std::vector<std::string>{"generated_text", "ground_truth", "question"}) return JudgeTask::kVqa;
  throw usage_error(
      "{}: a judge's prompt needs the slots {{ground_truth}} and {{generated_text}}, and {{question}} to judge "
      "answers; this one has: {}",
      prompt.name(), slots.empty() ? "none" : join(slots, ", "));
}

Json judge_request(const JudgeItem& item, const std::string& custom_id, const PromptTemplate& prompt,
                   const JudgeSetup& setup) {
  PromptTemplate::Slots slots = {{"ground_truth", item.reference}, {"generated_text", item.prediction}};
  if (judge_task(prompt) == JudgeTask::kVqa) slots["question"] = item.question;
  Json messages = Json::array();
  for (const auto& turn : prompt.render(slots, PromptUse::kAnswer)) {
    std::string content;
    for (const auto& part : turn.parts) content += part.text;
    messages.push_back({{"role", role_name(turn.role)}, {"content", content}});
  }
  return {{"custom_id", custom_id},
          {"method", "POST"},
          {"url", "/v1/chat/completions"},
          {"body",
           {{"model", setup.model},
            {"messages", std::move(messages)},
            {"temperature", 0},
            {"max_tokens", setup.max_tokens}}}};
}

std::vector<Json> judge_requests(const std::vector<JudgeItem>& items, const PromptTemplate& prompt,
                                 const JudgeSetup& setup) {
  std::vector<Json> requests;
  for (std::int64_t repeat = 1; repeat <= setup.repeats; ++repeat)
    for (const auto& item : items) requests.push_back(judge_request(item, repeat_id(item.id, repeat), prompt, setup));
  return requests;
}

std::vector<JudgeItem> sample_items(const std::vector<JudgeItem>& items, std::size_t count, std::uint64_t seed) {
  if (items.size() <= count) return items;
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // Sorted by id, so that the sample does not depend on the order of the predictions file.
  std::ranges::sort(order, {}, [&](std::size_t i) -> const std::string& { return items[i].id; });
  RandomStream(fnv1a64(fmt::format("judge.sample.{}", seed))).shuffle(order);
  order.resize(count);
  std::ranges::sort(order);
  std::vector<JudgeItem> sample;
  for (const auto i : order) sample.push_back(items[i]);
  return sample;
}

std::vector<JudgeAnswer> read_judge_answers(const std::filesystem::path& file) {
  std::vector<JudgeAnswer> answers;
  std::map<std::string, std::size_t> places;
  for_each_json_line(file, [&](const Json& line, const std::string& where) {
    auto answer = answer_of(line, where);
    const auto [place, is_new] = places.emplace(answer.custom_id, answers.size());
    if (is_new)
      answers.push_back(std::move(answer));
    else
      answers[place->second] = std::move(answer);
  });
  return answers;
}

JudgeResult judge_result(const std::vector<JudgeItem>& items, const std::vector<JudgeAnswer>& answers, JudgeTask task,
                         const JudgeIdentity& identity, std::int64_t repeats) {
  JudgeResult result{.task = task, .identity = identity, .items = static_cast<std::int64_t>(items.size())};
  std::map<std::string, const JudgeAnswer*> by_id;
  for (const auto& answer : answers) by_id[answer.custom_id] = &answer;
  std::set<std::string> expected;
  Scores scores;
  const double lowest = task == JudgeTask::kCaption ? 1 : 0;
  double worst = 0;
  for (std::int64_t repeat = 1; repeat <= repeats; ++repeat)
    for (const auto& item : items) {
      const auto id = repeat_id(item.id, repeat);
      expected.insert(id);
      const auto found = by_id.find(id);
      auto one = judged(id, item.id, found == by_id.end() ? nullptr : found->second, task);
      if (one.status == JudgeStatus::kParsed) scores[item.id].push_back(one.score);
      worst += one.status == JudgeStatus::kParsed ? one.score : lowest;
      ++result.counts[static_cast<std::size_t>(one.status)];
      result.judged.push_back(std::move(one));
    }
  check_ids(expected, answers);
  std::vector<double> all;
  for (const auto& [id, values] : scores) all.insert(all.end(), values.begin(), values.end());
  if (!all.empty()) result.mean = mean(all);
  if (!result.judged.empty()) result.worst_case = worst / static_cast<double>(result.judged.size());
  result.bootstrap95 = bootstrap_mean(scores);
  result.repeat_deviation = repeat_deviation(scores);
  return result;
}

JudgeAgreement agreement_with_experts(const JudgeResult& result, const std::map<std::string, double>& experts) {
  std::vector<std::pair<double, double>> pairs;
  double agreed = 0;
  for (const auto& item : result.judged) {
    const auto found = experts.find(item.item_id);
    if (item.status != JudgeStatus::kParsed || found == experts.end()) continue;
    pairs.emplace_back(item.score, found->second >= 0.5 ? 1 : 0);
    agreed += pairs.back().first == pairs.back().second;
  }
  const auto n = static_cast<std::int64_t>(pairs.size());
  return {n, n > 0 ? agreed / static_cast<double>(n) : 0, cohen_kappa(pairs)};
}

}  // namespace llama32med
