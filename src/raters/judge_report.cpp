// judge.json and judge.md.
#include <fmt/format.h>

#include "llama32med/core/config_json.h"
#include "llama32med/raters/judge.h"

namespace llama32med {
namespace {

const char* status_name(JudgeStatus status) {
  switch (status) {
    case JudgeStatus::kParsed:
      return "parsed";
    case JudgeStatus::kUnparsed:
      return "unparsed";
    case JudgeStatus::kError:
      return "error";
    default:
      return "missing";
  }
}

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

Json judge_json(const JudgeResult& result) {
  const auto asked = static_cast<std::int64_t>(result.judged.size());
  Json json = {{"task", result.task == JudgeTask::kCaption ? "caption" : "vqa"},
               {"judge", result.identity.model},
               {"date", result.identity.date},
               {"prompt", result.identity.prompt_name},
               {"prompt_sha256", result.identity.prompt_sha256},
               {"sample", result.identity.sample},
               {"seed", result.identity.seed},
               {"items", result.items},
               {"asked", asked},
               {"parsed", result.count(JudgeStatus::kParsed)},
               {"unparsed", result.count(JudgeStatus::kUnparsed)},
               {"errors", result.count(JudgeStatus::kError)},
               {"missing", result.count(JudgeStatus::kMissing)},
               {"parsed_share", share(result.count(JudgeStatus::kParsed), asked)},
               {"mean", result.mean ? Json(*result.mean) : Json()},
               {"worst_case", result.worst_case}};
  if (result.bootstrap95) json["bootstrap95"] = {result.bootstrap95->low, result.bootstrap95->high};
  if (result.repeat_deviation) json["repeat_deviation"] = *result.repeat_deviation;
  if (result.experts)
    json["agreement_with_experts"] = {{"n", result.experts->items},
                                      {"accuracy", result.experts->accuracy},
                                      {"cohen_kappa", result.experts->kappa ? Json(*result.experts->kappa) : Json()}};
  Json rows = Json::array();
  for (const auto& item : result.judged) {
    Json row = {{"custom_id", item.custom_id}, {"item_id", item.item_id}, {"status", status_name(item.status)}};
    row["score"] = item.status == JudgeStatus::kParsed ? Json(item.score) : Json();
    row["raw"] = item.raw;
    rows.push_back(std::move(row));
  }
  json["answers"] = std::move(rows);
  return json;
}

std::string judge_markdown(const JudgeResult& result) {
  const auto asked = static_cast<std::int64_t>(result.judged.size());
  const auto parsed = result.count(JudgeStatus::kParsed);
  auto out =
      fmt::format("Judge `{}` ({}), prompt `{}` (SHA-256 {}), answers from {}.\n\n", result.identity.model,
                  result.task == JudgeTask::kCaption ? "captions, 1 to 5" : "answers, 0 or 1",
                  result.identity.prompt_name, result.identity.prompt_sha256.substr(0, 12), result.identity.date);
  out +=
      "| asked | parsed | unparsed | errors | missing | mean of parsed | 95 % (bootstrap) | worst case |\n"
      "|---:|---:|---:|---:|---:|---:|---:|---:|\n";
  out += fmt::format(
      "| {} | {} ({:.1f} %) | {} | {} | {} | {} | {} | {:.3f} |\n", asked, parsed, 100 * share(parsed, asked),
      result.count(JudgeStatus::kUnparsed), result.count(JudgeStatus::kError), result.count(JudgeStatus::kMissing),
      result.mean ? fmt::format("{:.3f}", *result.mean) : "-",
      result.bootstrap95 ? fmt::format("{:.3f} to {:.3f}", result.bootstrap95->low, result.bootstrap95->high) : "-",
      result.worst_case);
  if (result.repeat_deviation)
    out += fmt::format("\nStandard deviation of an item's repeats: {:.3f} on average.\n", *result.repeat_deviation);
  if (result.experts)
    out += fmt::format("\nAgreement with the experts on {} answers: {:.1f} %, Cohen's kappa {}.\n",
                       result.experts->items, 100 * result.experts->accuracy,
                       result.experts->kappa ? fmt::format("{:.3f}", *result.experts->kappa) : "not defined");
  return out;
}

}  // namespace llama32med
