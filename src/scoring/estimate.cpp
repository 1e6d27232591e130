#include "llama32med/scoring/estimate.h"

#include <algorithm>
#include <cmath>

#include "llama32med/core/config_json.h"
#include "llama32med/core/markdown_table.h"

namespace llama32med {
namespace {

Json interval_json(const Interval& interval) { return Json::array({100 * interval.low, 100 * interval.high}); }

}  // namespace

Json estimate_json(const Estimate& estimate) {
  const auto& tally = estimate.tally;
  Json json = {{"sum", tally.sum}, {"n", tally.count}};
  json["percent"] = tally.count > 0 ? Json(100 * tally.mean()) : Json();
  if (estimate.wilson95) json["wilson95_percent"] = interval_json(*estimate.wilson95);
  if (estimate.bootstrap95) json["bootstrap95_percent"] = interval_json(*estimate.bootstrap95);
  return json;
}

static bool is_interval(const Json& json) {
  return json.is_array() && json.size() == 2 && json[0].is_number() && json[1].is_number();
}

std::optional<ReportedScore> reported_score(const Json& json) {
  if (!json.is_object() || !json.contains("percent") || !json["percent"].is_number()) return std::nullopt;
  ReportedScore score{json["percent"].get<double>(), std::nullopt};
  for (const auto* key : {"wilson95_percent", "bootstrap95_percent"})
    if (const auto found = json.find(key); found != json.end() && is_interval(*found))
      score.interval95 = Interval{(*found)[0].get<double>(), (*found)[1].get<double>()};
  return score;
}

SharedBootstrap image_bootstrap(const std::vector<Item>& items) {
  std::vector<std::string> ids;
  for (const auto& item : items) ids.push_back(item.record.image_id);
  return std::make_shared<ImageBootstrap>(std::move(ids));
}

Estimate Estimator::estimate(const std::vector<ScoredItem>& some) const {
  Estimate result;
  if (some.empty()) return result;
  bool hits = true;
  for (const auto& item : some) {
    result.tally.add(item.result.score);
    hits &= (item.result.kind == AnswerKind::kClosed ? protocol_->closed_scores : protocol_->open_scores) ==
            ScoreKind::kHit;
  }
  if (hits) result.wilson95 = wilson95(result.tally);
  result.bootstrap95 = bootstrap_->interval95(image_scores(some));
  return result;
}

std::vector<ScoredItem> items_of_kind(const std::vector<ScoredItem>& items, AnswerKind kind) {
  std::vector<ScoredItem> some;
  for (const auto& item : items)
    if (item.result.kind == kind) some.push_back(item);
  return some;
}

std::vector<ImageScore> image_scores(const std::vector<ScoredItem>& items) {
  std::vector<ImageScore> scores;
  scores.reserve(items.size());
  for (const auto& item : items) scores.push_back({&item.item->record.image_id, item.result.score});
  return scores;
}

Json clustering_json(const Clustering& clustering) {
  return {{"images", clustering.images},
          {"items", clustering.items},
          {"naive_se", clustering.naive_se},
          {"clustered_se", clustering.clustered_se},
          {"ratio", clustering.ratio()}};
}

std::string clustering_markdown(const Clustering& clustering) {
  if (clustering.images < 2)
    return fmt::format("{} items with unknown images, or only one image: no interval by image.\n", clustering.items);
  return fmt::format(
      "{} items about {} images. Standard error of the overall score: {:.2f} points if items were independent, {:.2f} "
      "by images; ratio {:.2f}.\n",
      clustering.items, clustering.images, 100 * clustering.naive_se, 100 * clustering.clustered_se,
      clustering.ratio());
}

std::string count_cell(const Tally& tally) {
  if (tally.sum == std::floor(tally.sum)) return fmt::format("{:.0f}/{}", tally.sum, tally.count);
  return fmt::format("{:.4f}/{}", tally.sum, tally.count);
}

std::string interval_cell(const std::optional<Interval>& interval) {
  if (!interval) return "-";
  return fmt::format("{:.1f} to {:.1f}", 100 * interval->low, 100 * interval->high);
}

std::string difference_cell(const Interval& interval) {
  return fmt::format("{:+.1f} to {:+.1f}", 100 * interval.low, 100 * interval.high);
}

}  // namespace llama32med
