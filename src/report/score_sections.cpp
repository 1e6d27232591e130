// The scores under every protocol, and the scores under the protocol that the rest of the report uses.
#include "llama32med/core/markdown_table.h"
#include "report/sections.h"

namespace llama32med {
namespace {

std::string row_markdown(const ScoreRow& row) {
  MarkdownTable table({{"answers"},
                       {"k/n", Align::kRight},
                       {"%", Align::kRight},
                       {"% to .01", Align::kRight},
                       {"95 % Wilson", Align::kRight},
                       {"95 % by image", Align::kRight}});
  const auto add = [&](const char* name, const Estimate& estimate) {
    const auto& tally = estimate.tally;
    table.add_row({name, count_cell(tally), percent(tally, 1), percent(tally, 2), interval_cell(estimate.wilson95),
                   interval_cell(estimate.bootstrap95)});
  };
  add("closed", row.closed);
  add("open", row.open);
  add("overall", row.overall);
  return table.text();
}

}  // namespace

Section score_section(const ReportContext& context) {
  const auto& table = context.score_table();
  return {score_table_json(table), table.rows.empty() ? "" : fmt::format("```\n{}```\n", score_table_text(table))};
}

Section analyzed_score_section(const ReportContext& context) {
  const auto& row = context.score_table().rows.front();
  const auto clustering = clustering_of(image_scores(context.scored()));
  Json json = {{"protocol", row.protocol},
               {"scores",
                {{"closed", estimate_json(row.closed)},
                 {"open", estimate_json(row.open)},
                 {"overall", estimate_json(row.overall)}}},
               {"clustering", clustering_json(clustering)}};
  return {std::move(json), row_markdown(row) + "\n" + clustering_markdown(clustering)};
}

}  // namespace llama32med
