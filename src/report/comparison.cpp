#include "llama32med/report/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/markdown_table.h"

namespace llama32med {
namespace {

struct Pair {
  const ScoredItem* first = nullptr;
  const ScoredItem* second = nullptr;
};

void refuse(const ComparedRun& has, const ComparedRun& lacks, const std::vector<std::string>& ids) {
  if (ids.empty()) return;
  const std::vector<std::string> some(ids.begin(), ids.begin() + std::min<std::ptrdiff_t>(5, std::ssize(ids)));
  throw data_error("{} items of \"{}\" are not in \"{}\" ({}{}); only runs over the same items can be compared",
                   ids.size(), has.name, lacks.name, join(some, ", "), ids.size() > some.size() ? ", ..." : "");
}

std::map<std::string, Pair> pairs_of(const ComparedRun& first, const ComparedRun& second) {
  std::map<std::string, Pair> pairs;
  for (const auto& scored : *first.items) pairs[scored.item->record.id].first = &scored;
  for (const auto& scored : *second.items) pairs[scored.item->record.id].second = &scored;
  std::vector<std::string> only_first, only_second;
  for (const auto& [id, pair] : pairs) {
    if (!pair.second) only_first.push_back(id);
    if (!pair.first) only_second.push_back(id);
  }
  refuse(first, second, only_first);
  refuse(second, first, only_second);
  return pairs;
}

bool all_hits(const std::vector<ScoredItem>& items, const Protocol& protocol) {
  return std::all_of(items.begin(), items.end(), [&](const auto& scored) {
    return (scored.result.kind == AnswerKind::kClosed ? protocol.closed_scores : protocol.open_scores) ==
           ScoreKind::kHit;
  });
}

std::string p_cell(const std::optional<double>& p) { return p ? fmt::format("{:.3g}", *p) : "-"; }

}  // namespace

Comparison compare_runs(const ComparedRun& first, const ComparedRun& second, const Protocol& protocol) {
  const auto pairs = pairs_of(first, second);
  Comparison result{.first = first.name, .second = second.name, .protocol = protocol.name};
  result.n = static_cast<std::int64_t>(pairs.size());
  std::vector<std::string> images;
  std::vector<ImageScore> differences;
  for (const auto& [id, pair] : pairs) {
    const double a = pair.first->result.score, b = pair.second->result.score;
    result.first_tally.add(a), result.second_tally.add(b);
    images.push_back(pair.first->item->record.image_id);
    differences.push_back({&pair.first->item->record.image_id, a - b});
    ++(a >= 0.5 ? (b >= 0.5 ? result.both : result.first_only) : b >= 0.5 ? result.second_only : result.neither);
  }
  result.difference = result.first_tally.mean() - result.second_tally.mean();
  const ImageBootstrap bootstrap(std::move(images));
  result.bootstrap95 = bootstrap.interval95(differences).value_or(Interval{0, 0});
  if (all_hits(*first.items, protocol)) result.mcnemar_p = mcnemar_exact_p(result.first_only, result.second_only);
  return result;
}

void correct_family(std::vector<Comparison>& family) {
  std::vector<double> p;
  for (const auto& comparison : family)
    if (comparison.mcnemar_p) p.push_back(*comparison.mcnemar_p);
  const auto adjusted = holm_adjusted(p);
  std::size_t next = 0;
  for (auto& comparison : family)
    if (comparison.mcnemar_p) comparison.holm_p = adjusted[next++];
}

std::vector<Comparison> compare_all(const std::vector<ComparedRun>& runs, const Protocol& protocol) {
  std::vector<Comparison> family;
  for (std::size_t i = 0; i < runs.size(); ++i)
    for (std::size_t j = i + 1; j < runs.size(); ++j) family.push_back(compare_runs(runs[i], runs[j], protocol));
  correct_family(family);
  return family;
}

Json comparison_json(const Comparison& comparison) {
  const auto optional = [](const std::optional<double>& p) { return p ? Json(*p) : Json(); };
  return {{"first", comparison.first},
          {"second", comparison.second},
          {"protocol", comparison.protocol},
          {"n", comparison.n},
          {"first_sum", comparison.first_tally.sum},
          {"second_sum", comparison.second_tally.sum},
          {"both", comparison.both},
          {"first_only", comparison.first_only},
          {"second_only", comparison.second_only},
          {"neither", comparison.neither},
          {"mcnemar_p", optional(comparison.mcnemar_p)},
          {"holm_p", optional(comparison.holm_p)},
          {"difference_percent", 100 * comparison.difference},
          {"bootstrap95_percent", Json::array({100 * comparison.bootstrap95.low, 100 * comparison.bootstrap95.high})}};
}

Json comparisons_json(const std::vector<Comparison>& family) {
  Json list = Json::array();
  for (const auto& comparison : family) list.push_back(comparison_json(comparison));
  return list;
}

std::string comparisons_markdown(const std::vector<Comparison>& family) {
  MarkdownTable table({{"first"},
                       {"second"},
                       {"protocol"},
                       {"n", Align::kRight},
                       {"first %", Align::kRight},
                       {"second %", Align::kRight},
                       {"first only", Align::kRight},
                       {"second only", Align::kRight},
                       {"difference", Align::kRight},
                       {"95 % by image", Align::kRight},
                       {"McNemar p", Align::kRight},
                       {"Holm p", Align::kRight}});
  for (const auto& c : family)
    table.add_row({c.first, c.second, c.protocol, std::to_string(c.n), percent(c.first_tally, 2),
                   percent(c.second_tally, 2), std::to_string(c.first_only), std::to_string(c.second_only),
                   fmt::format("{:+.2f}", 100 * c.difference), difference_cell(c.bootstrap95), p_cell(c.mcnemar_p),
                   p_cell(c.holm_p)});
  return table.text();
}

}  // namespace llama32med
