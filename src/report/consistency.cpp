#include "llama32med/report/consistency.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "llama32med/core/config_json.h"
#include "llama32med/core/markdown_table.h"
#include "llama32med/metrics/answer_text.h"
#include "llama32med/metrics/unicode.h"
#include "llama32med/report/breakdown.h"
#include "llama32med/report/train_overlap.h"
#include "report/sections.h"

namespace llama32med {
namespace {

std::string folded(const std::string& text) { return case_fold(trim_white_space(text)); }

bool is_right(const ScoredItem& scored) { return scored.result.score >= 0.5; }

void count_pair(ParaphrasePairs& pairs, const ScoredItem& freeform, const ScoredItem& para) {
  const bool first = is_right(freeform), second = is_right(para);
  ++pairs.pairs;
  ++(first && second ? pairs.both_right : first ? pairs.first_only : second ? pairs.second_only : pairs.neither);
  pairs.same_answer += paper_text(freeform.result.extracted) == paper_text(para.result.extracted);
}

std::optional<ParaphrasePairs> paraphrase_pairs(const std::vector<ScoredItem>& items) {
  struct Group {
    std::vector<const ScoredItem*> freeform, para;
  };
  std::map<std::string, Group> groups;
  for (const auto& scored : items) {
    const auto& record = scored.item->record;
    const auto link = field_of(record, "qid_linked_id");
    const auto phrase = field_labels(record, "phrase_type");
    if (link.empty() || phrase.empty()) continue;
    auto& group = groups[link + '\n' + record.image_id + '\n' + folded(record.answer)];
    if (phrase.front() == "freeform") group.freeform.push_back(&scored);
    if (phrase.front() == "para") group.para.push_back(&scored);
  }
  ParaphrasePairs pairs;
  for (const auto& [key, group] : groups)
    for (const auto* freeform : group.freeform)
      for (const auto* para : group.para) count_pair(pairs, *freeform, *para);
  if (pairs.pairs == 0) return std::nullopt;
  pairs.mcnemar_p = mcnemar_exact_p(pairs.first_only, pairs.second_only);
  return pairs;
}

// The most frequent reference of a group, case-folded; in case of ties, the first in alphabetical order, so that the
// result does not depend on the order of items.
std::string most_frequent(const std::vector<const ScoredItem*>& group) {
  std::map<std::string, std::int64_t> counts;
  for (const auto* scored : group) ++counts[folded(scored->item->record.answer)];
  return std::max_element(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

double best_score(const ScoredItem& scored, const std::vector<const ScoredItem*>& group, const Protocol& protocol,
                  const std::string& dataset) {
  double best = scored.result.score;
  for (const auto* other : group) {
    const auto& record = other->item->record;
    best = std::max(
        best,
        protocol.score({record.question, record.answer, record.answer_type, scored.item->prediction.text, dataset})
            .score);
  }
  return best;
}

std::optional<Contradictions> contradictions_of(const std::vector<ScoredItem>& items, const Protocol& protocol,
                                                const std::string& dataset,
                                                const std::map<std::string, std::int64_t>& group_numbers) {
  std::map<std::int64_t, std::vector<const ScoredItem*>> groups;
  for (const auto& scored : items)
    if (const auto found = group_numbers.find(scored.item->record.id); found != group_numbers.end())
      groups[found->second].push_back(&scored);
  if (groups.empty()) return std::nullopt;

  Contradictions result;
  result.groups = std::ssize(groups);
  for (const auto& scored : items) {
    const auto found = group_numbers.find(scored.item->record.id);
    result.as_scored.add(scored.result.kind, scored.result.score);
    if (found != group_numbers.end()) continue;
    result.any_reference.add(scored.result.kind, scored.result.score);
    result.ceiling.add(scored.result.kind, 1);
  }
  for (const auto& [number, group] : groups) {
    result.items += std::ssize(group);
    const auto best = most_frequent(group);
    for (const auto* scored : group) {
      result.any_reference.add(scored->result.kind, best_score(*scored, group, protocol, dataset));
      result.ceiling.add(scored->result.kind, folded(scored->item->record.answer) == best ? 1 : 0);
    }
  }
  return result;
}

Estimate with_interval(const Tally& tally) {
  Estimate estimate{.tally = tally};
  if (tally.count > 0 && tally.sum == std::floor(tally.sum)) estimate.wilson95 = wilson95(tally);  // hits
  return estimate;
}

Json tally_json(const Tally& tally) { return estimate_json(with_interval(tally)); }

Json scores_json(const Contradictions::Scores& scores) {
  return {{"closed", tally_json(scores.closed)},
          {"open", tally_json(scores.open)},
          {"overall", tally_json(scores.overall)}};
}

}  // namespace

Consistency consistency_of(const std::vector<ScoredItem>& items, const Protocol& protocol, const std::string& dataset,
                           const std::map<std::string, std::int64_t>& conflict_groups) {
  return {paraphrase_pairs(items), contradictions_of(items, protocol, dataset, conflict_groups)};
}

Json consistency_json(const Consistency& consistency) {
  Json json = Json::object();
  if (const auto& pairs = consistency.paraphrases)
    json["paraphrases"] = {{"pairs", pairs->pairs},
                           {"both_right", pairs->both_right},
                           {"freeform_only", pairs->first_only},
                           {"para_only", pairs->second_only},
                           {"neither", pairs->neither},
                           {"same_answer", tally_json({static_cast<double>(pairs->same_answer), pairs->pairs})},
                           {"mcnemar_p", pairs->mcnemar_p}};
  if (const auto& groups = consistency.contradictions)
    json["contradictions"] = {{"groups", groups->groups},
                              {"items", groups->items},
                              {"ceiling", scores_json(groups->ceiling)},
                              {"as_scored", scores_json(groups->as_scored)},
                              {"any_reference", scores_json(groups->any_reference)}};
  return json;
}

std::string consistency_markdown(const Consistency& consistency) {
  std::string text;
  if (const auto& pairs = consistency.paraphrases) {
    const Tally same{static_cast<double>(pairs->same_answer), pairs->pairs};
    MarkdownTable table({{"pairs", Align::kRight},
                         {"both right", Align::kRight},
                         {"freeform only", Align::kRight},
                         {"paraphrase only", Align::kRight},
                         {"neither", Align::kRight},
                         {"McNemar p", Align::kRight},
                         {"same answer %", Align::kRight},
                         {"95 % Wilson", Align::kRight}});
    table.add_row({std::to_string(pairs->pairs), std::to_string(pairs->both_right), std::to_string(pairs->first_only),
                   std::to_string(pairs->second_only), std::to_string(pairs->neither),
                   fmt::format("{:.3g}", pairs->mcnemar_p), percent(same, 1), interval_cell(wilson95(same))});
    text += "The same question in two wordings, about the same image and with the same reference.\n\n" + table.text();
  }
  if (const auto& groups = consistency.contradictions) {
    MarkdownTable table({{"score"}, {"closed %"}, {"open %"}, {"overall %"}, {"95 % Wilson"}});
    const auto cell = [](const Tally& tally) { return fmt::format("{} ({})", percent(tally, 1), count_cell(tally)); };
    const auto row = [&](const char* name, const Contradictions::Scores& scores) {
      table.add_row({name, cell(scores.closed), cell(scores.open), cell(scores.overall),
                     interval_cell(with_interval(scores.overall).wilson95)});
    };
    row("upper bound with one answer per question", groups->ceiling);
    row("as scored", groups->as_scored);
    row("any reference of the same image and question", groups->any_reference);
    text += fmt::format(
        "{}{} items in {} groups ask the same question about the same image but have different references.\n\n{}",
        text.empty() ? "" : "\n", groups->items, groups->groups, table.text());
  }
  return text;
}

Section consistency_section(const ReportContext& context) {
  const auto consistency =
      consistency_of(context.scored(), context.protocol(), context.facts().dataset, context.conflict_groups());
  return {consistency_json(consistency), consistency_markdown(consistency)};
}

}  // namespace llama32med
