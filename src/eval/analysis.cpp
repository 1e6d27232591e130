#include "llama32med/eval/analysis.h"

#include "llama32med/core/config_json.h"

namespace llama32med {

Analysis analyse(const std::vector<ScoredItem>& items, const Protocol& protocol, const std::string& dataset,
                 const TrainOverlaps* overlaps) {
  return {.protocol = protocol.name,
          .clustering = clustering_of(image_scores(items)),
          .breakdowns = make_breakdowns(items, Estimator(items, protocol), overlaps),
          .confusion = confusion_of(items),
          .consistency = consistency_of(items, protocol, dataset),
          .calibration = calibration_of(items)};
}

Json analysis_json(const Analysis& analysis) {
  Json json = {{"protocol", analysis.protocol},
               {"clustering", clustering_json(analysis.clustering)},
               {"breakdowns", breakdowns_json(analysis.breakdowns)}};
  json.update(confusion_json(analysis.confusion));
  json["consistency"] = consistency_json(analysis.consistency);
  json["calibration"] = calibration_json(analysis.calibration);
  json["risk_coverage"] = risk_coverage_json(analysis.calibration);
  return json;
}

std::string analysis_markdown(const Analysis& analysis) {
  auto text =
      fmt::format("## Behind the score ({})\n\n{}\n", analysis.protocol, clustering_markdown(analysis.clustering));
  for (const auto& part : {breakdowns_markdown(analysis.breakdowns), confusion_markdown(analysis.confusion),
                           consistency_markdown(analysis.consistency), calibration_markdown(analysis.calibration)})
    if (!part.empty()) text += part + "\n";
  return text;
}

}  // namespace llama32med
