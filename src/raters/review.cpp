#include "llama32med/raters/review.h"

#include <fmt/format.h>

#include <algorithm>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/id_list.h"
#include "llama32med/core/json_object.h"
#include "llama32med/core/strings.h"
#include "llama32med/scoring/agreement.h"

namespace llama32med {
namespace {

using Verdicts = std::map<std::string, double>;  // rater -> verdict

double mean(const Verdicts& verdicts) {
  double sum = 0;
  for (const auto& [rater, verdict] : verdicts) sum += verdict;
  return sum / static_cast<double>(verdicts.size());
}

double majority(const Verdicts& verdicts) {
  std::map<double, std::size_t> votes;
  for (const auto& [rater, verdict] : verdicts) ++votes[verdict];
  for (const auto& [verdict, count] : votes)
    if (2 * count > verdicts.size()) return verdict;
  return 0;
}

// The key must belong to these predictions: every row except controls must be one of them, with the same texts.
void check_key(const std::map<std::string, const ReviewItem*>& items, const ReviewSheet& key) {
  std::vector<std::string> strange;
  const auto check = [&](const std::string& id, const ReviewItem& texts) {
    const auto found = items.find(id);
    if (found == items.end() || verdict_key(*found->second) != verdict_key(texts)) strange.push_back(id);
  };
  for (const auto& row : key.rows) {
    if (row.control) continue;
    check(row.item.id, row.item);
    for (const auto& id : row.same_as) check(id, row.item);
  }
  if (!strange.empty())
    throw data_error(
        "the review key belongs to other predictions: {} of its items are not among them or have other texts: {}",
        strange.size(), listed(strange));
}

std::vector<RaterSummary> rater_summaries(const ReviewSheet& key, const std::vector<RaterSheet>& sheets) {
  std::vector<RaterSummary> raters;
  for (const auto& sheet : sheets) {
    RaterSummary summary{.rater = sheet.rater};
    for (const auto& row : key.rows) {
      const double verdict = sheet.verdicts.at(row.item.id);
      if (row.control) {
        summary.controls.add(verdict == *row.control ? 1 : 0);
        continue;
      }
      const auto items = 1 + row.same_as.size();
      summary.accepted += verdict * static_cast<double>(items);
      summary.rows += static_cast<std::int64_t>(items);
    }
    raters.push_back(std::move(summary));
  }
  return raters;
}

void add_agreement(const ReviewSheet& key, const std::vector<RaterSheet>& sheets, ReviewResult& result) {
  Ratings ratings;
  for (const auto& row : key.rows) {
    if (row.control) continue;
    ratings.emplace_back();
    for (const auto& sheet : sheets) ratings.back().push_back(sheet.verdicts.at(row.item.id));
  }
  result.fleiss_kappa = fleiss_kappa(ratings);
  result.alpha_nominal = krippendorff_alpha(ratings, RatingScale::kNominal);
  result.alpha_ordinal = krippendorff_alpha(ratings, RatingScale::kOrdinal);
}

void add_item(const ReviewItem& item, const VerdictStore& store, ReviewResult& result) {
  double human = item.score, voted = item.score;
  if (item.kind == AnswerKind::kOpen && item.score == 0) {
    const auto& verdicts = store.verdicts(item);
    if (verdicts.empty())
      throw data_error("item {}: is not a string match and has no verdict; export a sheet for these predictions",
                       item.id);
    human = mean(verdicts);
    voted = majority(verdicts);
    result.accepted_share += human;
    ++result.reviewed;
    result.verdicts[item.id] = verdicts;
  }
  result.human_scores[item.id] = human;
  if (item.kind == AnswerKind::kClosed) {
    result.closed.add(item.score);
  } else {
    result.open_string.add(item.score);
    result.open_human.add(human);
    result.open_majority.add(voted);
  }
  result.overall_string.add(item.score);
  result.overall_human.add(human);
  result.overall_majority.add(voted);
}

Json tally_json(const Tally& tally) {
  return {{"sum", tally.sum}, {"n", tally.count}, {"percent", tally.count > 0 ? Json(100 * tally.mean()) : Json()}};
}

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

std::string three_digits(const std::optional<double>& value) {
  return value ? fmt::format("{:.3f}", *value) : "not defined";
}

}  // namespace

ReviewResult merge_reviews(const std::vector<ReviewItem>& items, const ReviewSheet& key,
                           const std::vector<RaterSheet>& sheets, VerdictStore& store) {
  std::map<std::string, const ReviewItem*> by_id;
  for (const auto& item : items) by_id[item.id] = &item;
  check_key(by_id, key);
  for (const auto& sheet : sheets)
    for (const auto& row : key.rows)
      if (!row.control) store.add(row.item, sheet.rater, sheet.verdicts.at(row.item.id));
  ReviewResult result;
  for (const auto& item : items) add_item(item, store, result);
  if (result.reviewed > 0) result.accepted_share /= static_cast<double>(result.reviewed);
  result.reused = static_cast<std::int64_t>(key.reused.size());
  result.raters = rater_summaries(key, sheets);
  add_agreement(key, sheets, result);
  return result;
}

Json review_json(const ReviewResult& result) {
  Json raters = Json::array();
  for (const auto& rater : result.raters)
    raters.push_back({{"rater", rater.rater},
                      {"accepted", rater.accepted},
                      {"n", rater.rows},
                      {"controls", tally_json(rater.controls)}});
  Json items = Json::array();
  for (const auto& [id, verdicts] : result.verdicts) {
    Json experts = Json::array();
    for (const auto& [rater, verdict] : verdicts) experts.push_back({{"rater", rater}, {"verdict", verdict}});
    items.push_back({{"item_id", id}, {"score_human", result.human_scores.at(id)}, {"experts", std::move(experts)}});
  }
  return {{"protocol", "paper-human"},
          {"closed", tally_json(result.closed)},
          {"open",
           {{"string", tally_json(result.open_string)},
            {"human", tally_json(result.open_human)},
            {"majority", tally_json(result.open_majority)}}},
          {"overall",
           {{"string", tally_json(result.overall_string)},
            {"human", tally_json(result.overall_human)},
            {"majority", tally_json(result.overall_majority)}}},
          {"reviewed", result.reviewed},
          {"reused", result.reused},
          {"accepted_share", result.accepted_share},
          {"agreement",
           {{"fleiss_kappa_nominal", number_or_null(result.fleiss_kappa)},
            {"krippendorff_alpha_nominal", number_or_null(result.alpha_nominal)},
            {"krippendorff_alpha_ordinal", number_or_null(result.alpha_ordinal)}}},
          {"raters", std::move(raters)},
          {"items", std::move(items)}};
}

std::string review_markdown(const ReviewResult& result) {
  std::string out = "| | n | string match | experts (mean) | experts (majority) |\n|---|---:|---:|---:|---:|\n";
  const auto row = [&](const char* name, const Tally& string, const Tally& human, const Tally& voted) {
    out += fmt::format("| {} | {} | {} | {} | {} |\n", name, string.count, percent(string, 2), percent(human, 2),
                       percent(voted, 2));
  };
  row("closed", result.closed, result.closed, result.closed);
  row("open", result.open_string, result.open_human, result.open_majority);
  row("overall", result.overall_string, result.overall_human, result.overall_majority);
  out += fmt::format(
      "\n{} answers reviewed ({} verdicts reused), {:.1f} % of them accepted. Fleiss' kappa {}; "
      "Krippendorff's alpha {} nominal, {} ordinal.\n\n",
      result.reviewed, result.reused, 100 * result.accepted_share, three_digits(result.fleiss_kappa),
      three_digits(result.alpha_nominal), three_digits(result.alpha_ordinal));
  out += "| rater | accepted | reviewed | controls correct |\n|---|---:|---:|---:|\n";
  for (const auto& rater : result.raters)
    out += fmt::format("| {} | {} | {} | {:.0f}/{} |\n", rater.rater, rater.accepted, rater.rows, rater.controls.sum,
                       rater.controls.count);
  return out;
}

std::map<std::string, double> human_scores(const std::filesystem::path& folder) {
  std::map<std::string, double> scores;
  const auto file = folder / "human.json";
  if (!is_there(file)) return scores;
  const auto json = read_json(file);
  for (const auto& item : JsonObject(json, file.string()).objects("items"))
    scores[item.text("item_id")] = item.number("score_human", {0, 1});
  return scores;
}

}  // namespace llama32med
