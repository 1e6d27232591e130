#include "llama32med/report/image_gain.h"

#include "llama32med/core/config_json.h"
#include "llama32med/core/markdown_table.h"
#include "report/sections.h"

namespace llama32med {
namespace {

Comparison compare_kind(const std::vector<ScoredItem>& normal, const ComparedRun& without, const Protocol& protocol,
                        AnswerKind kind) {
  const auto with_image = items_of_kind(normal, kind), without_image = items_of_kind(*without.items, kind);
  return compare_runs({"normal", &with_image}, {without.name, &without_image}, protocol);
}

}  // namespace

ImageGain image_gain(const std::vector<ScoredItem>& normal, const ComparedRun& without, const Protocol& protocol) {
  return {without.name, compare_kind(normal, without, protocol, AnswerKind::kClosed),
          compare_kind(normal, without, protocol, AnswerKind::kOpen),
          compare_runs({"normal", &normal}, without, protocol)};
}

Json image_gains_json(const std::vector<ImageGain>& gains) {
  Json list = Json::array();
  for (const auto& gain : gains)
    list.push_back({{"condition", gain.condition},
                    {"closed", comparison_json(gain.closed)},
                    {"open", comparison_json(gain.open)},
                    {"overall", comparison_json(gain.overall)},
                    {"flagged", gain.flagged()}});
  return list;
}

std::string image_gains_text(const Json& report) {
  std::string text;
  for (const auto& gain : report.value("image_gain", Json::array())) {
    const auto& overall = gain.at("overall");
    const auto& interval = overall.at("bootstrap95_percent");
    text += fmt::format("image gain, {}: {:+.2f} points overall (95 % by image {:+.1f} to {:+.1f}){}\n",
                        gain.at("condition").get<std::string>(), overall.at("difference_percent").get<double>(),
                        interval.at(0).get<double>(), interval.at(1).get<double>(),
                        gain.at("flagged").get<bool>() ? "; no evidence that the model uses its images" : "");
  }
  return text;
}

std::string image_gains_markdown(const std::vector<ImageGain>& gains) {
  MarkdownTable table({{"condition"},
                       {"answers"},
                       {"n", Align::kRight},
                       {"normal %", Align::kRight},
                       {"condition %", Align::kRight},
                       {"gain", Align::kRight},
                       {"95 % by image", Align::kRight},
                       {"McNemar p", Align::kRight}});
  std::string flags;
  for (const auto& gain : gains) {
    const auto row = [&](const std::string& condition, const char* answers, const Comparison& c) {
      table.add_row({condition, answers, std::to_string(c.n), percent(c.first_tally, 2), percent(c.second_tally, 2),
                     fmt::format("{:+.2f}", 100 * c.difference), difference_cell(c.bootstrap95),
                     c.mcnemar_p ? fmt::format("{:.3g}", *c.mcnemar_p) : "-"});
    };
    row(gain.condition, "closed", gain.closed);
    row("", "open", gain.open);
    row("", "overall", gain.overall);
    if (gain.flagged())
      flags += fmt::format(
          "\n**{}: the interval of the gain includes 0.** There is no evidence that the model uses its images.\n",
          gain.condition);
  }
  return table.text() + flags;
}

Section image_gain_section(const ReportContext& context) {
  std::vector<ImageGain> gains;
  for (const auto& [condition, answers] : context.request().conditions) {
    const auto other = score_items(answers, context.protocol(), context.facts().dataset);
    gains.push_back(image_gain(context.scored(), {condition, &other}, context.protocol()));
  }
  if (gains.empty())
    return {{}, "Not measured. `eval --image-gain` asks every question again about shuffled and blank images.\n"};
  return {image_gains_json(gains), image_gains_markdown(gains)};
}

}  // namespace llama32med
