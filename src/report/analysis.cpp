#include "llama32med/report/analysis.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/markdown_table.h"

namespace llama32med {
namespace {

std::string scores_markdown(const Analysis& analysis) {
  MarkdownTable table({{"answers"},
                       {"k/n", Align::kRight},
                       {"%", Align::kRight},
                       {"% to .01", Align::kRight},
                       {"95 % Wilson", Align::kRight},
                       {"95 % by image", Align::kRight}});
  const auto row = [&](const char* name, const Estimate& estimate) {
    const auto& tally = estimate.tally;
    table.add_row({name, count_cell(tally), percent(tally, 1), percent(tally, 2), interval_cell(estimate.wilson95),
                   interval_cell(estimate.bootstrap95)});
  };
  row("closed", analysis.closed);
  row("open", analysis.open);
  row("overall", analysis.overall);
  return table.text();
}

std::string section(const char* title, const std::string& text) {
  return text.empty() ? "" : fmt::format("\n### {}\n\n{}", title, text);
}

}  // namespace

Analysis analyze(const AnalysisInput& input) {
  const auto& [items, protocol, dataset, overlaps] = input;
  const Estimator estimator(items, protocol);
  return {.protocol = protocol.name,
          .closed = estimator.estimate(items_of_kind(items, AnswerKind::kClosed)),
          .open = estimator.estimate(items_of_kind(items, AnswerKind::kOpen)),
          .overall = estimator.estimate(items),
          .clustering = clustering_of(image_scores(items)),
          .breakdowns = make_breakdowns(items, estimator, overlaps),
          .confusion = confusion_of(items),
          .consistency = consistency_of(items, protocol, dataset),
          .calibration = calibration_of(items)};
}

Json analysis_json(const Analysis& analysis) {
  Json json = {{"protocol", analysis.protocol},
               {"scores",
                {{"closed", estimate_json(analysis.closed)},
                 {"open", estimate_json(analysis.open)},
                 {"overall", estimate_json(analysis.overall)}}},
               {"clustering", clustering_json(analysis.clustering)},
               {"breakdowns", breakdowns_json(analysis.breakdowns)}};
  json.update(confusion_json(analysis.confusion));
  json["consistency"] = consistency_json(analysis.consistency);
  json["calibration"] = calibration_json(analysis.calibration);
  json["risk_coverage"] = risk_coverage_json(analysis.calibration);
  return json;
}

std::string analysis_markdown(const Analysis& analysis) {
  return section("Scores", scores_markdown(analysis) + "\n" + clustering_markdown(analysis.clustering)) +
         section("By kind of question", breakdowns_markdown(analysis.breakdowns)) +
         section("What is taken for what", confusion_markdown(analysis.confusion)) +
         section("Consistency", consistency_markdown(analysis.consistency)) +
         section("Calibration", calibration_markdown(analysis.calibration));
}

}  // namespace llama32med
