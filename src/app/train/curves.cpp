#include "app/train/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/train/svg_plot.h"

namespace llama32med {
namespace {

constexpr std::size_t kMostDots = 2000, kMostLinePoints = 1200, kMostFlags = 200;
constexpr std::size_t kSmoothing = 25;  // the mean is over 1/25 of the run
constexpr const char* kBlue = "#1f6feb";
constexpr const char* kGreen = "#1a7f4b";
constexpr const char* kOrange = "#c05a00";
constexpr const char* kViolet = "#7a3fb5";

using Field = std::optional<double> MetricLine::*;

// By step; if a step was run twice, the last one.
std::vector<MetricLine> in_order(std::vector<MetricLine> lines, Field field) {
  std::erase_if(lines, [&](const auto& line) { return !(line.*field).has_value(); });
  std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.step < b.step; });
  std::vector<MetricLine> kept;
  for (const auto& line : lines) {
    if (!kept.empty() && kept.back().step == line.step) kept.pop_back();
    kept.push_back(line);
  }
  return kept;
}

std::vector<PlotPoint> finite_points(const std::vector<MetricLine>& lines, Field field) {
  std::vector<PlotPoint> points;
  for (const auto& line : in_order(lines, field))
    if (std::isfinite(*(line.*field))) points.push_back({static_cast<double>(line.step), *(line.*field)});
  return points;
}

// Mean over as many points before as after; fewer towards the ends.
std::vector<PlotPoint> smoothed(const std::vector<PlotPoint>& points) {
  const auto reach = points.size() < 10 ? 0 : std::max<std::size_t>(points.size() / kSmoothing / 2, 1);
  std::vector<double> sums{0};
  for (const auto& point : points) sums.push_back(sums.back() + point.y);
  std::vector<PlotPoint> means;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto half = std::min({reach, i, points.size() - 1 - i});
    means.push_back({points[i].x, (sums[i + half + 1] - sums[i - half]) / static_cast<double>(2 * half + 1)});
  }
  return means;
}

// A sample in equal strides, which keeps the density, plus the extremes.
std::vector<PlotPoint> dots_of(const std::vector<PlotPoint>& points) {
  if (points.size() <= kMostDots) return points;
  auto dots = thinned(points, kMostDots / 8);
  const auto stride = points.size() / (kMostDots * 7 / 8) + 1;
  for (std::size_t i = 0; i < points.size(); i += stride) dots.push_back(points[i]);
  std::stable_sort(dots.begin(), dots.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
  return dots;
}

std::string last_of(const std::vector<PlotPoint>& points) {
  return points.empty() ? "no steps yet" : fmt::format("{:.4g} at step {:.0f}", points.back().y, points.back().x);
}

PlotPanel loss_panel(const std::vector<MetricLine>& lines) {
  const auto points = finite_points(lines, &MetricLine::loss);
  const auto means = smoothed(points);
  PlotPanel panel{.title = "Training loss", .note = last_of(means), .height = 260, .flags_name = "non-finite"};
  panel.series = {{"step", kBlue, PlotMark::kDots, 0.22, dots_of(points)},
                  {"mean", kBlue, PlotMark::kLine, 1, thinned(means, kMostLinePoints)}};
  for (const auto& line : in_order(lines, &MetricLine::loss))
    if (!std::isfinite(*line.loss) && panel.flags.size() < kMostFlags)
      panel.flags.push_back(static_cast<double>(line.step));
  return panel;
}

PlotPanel rate_panel(const std::vector<MetricLine>& lines) {
  const auto points = finite_points(lines, &MetricLine::learning_rate);
  PlotPanel panel{.title = "Learning rate", .height = 90, .floor = PlotFloor::kZero};
  panel.series = {{"", kOrange, PlotMark::kLine, 1, thinned(points, kMostLinePoints)}};
  return panel;
}

PlotPanel validation_panel(const std::vector<MetricLine>& lines, Field field, const PlotSeries& look) {
  const auto points = finite_points(lines, field);
  const auto lower = [](const auto& a, const auto& b) { return a.y < b.y; };
  PlotPanel panel{.height = 130};
  if (field == &MetricLine::validation_loss) {
    const auto best = std::min_element(points.begin(), points.end(), lower);
    panel.title = "Validation loss";
    panel.note = fmt::format("lowest {:.4g} at step {:.0f}", best->y, best->x);
  } else {
    const auto best = std::max_element(points.begin(), points.end(), lower);
    panel.title = "Validation accuracy";
    panel.note = fmt::format("highest {:.4g} at step {:.0f}", best->y, best->x);
    panel.floor = PlotFloor::kZero;
  }
  panel.series = {look};
  panel.series[0].points = thinned(points, kMostLinePoints);
  if (points.size() > 60) panel.series[0].mark = PlotMark::kLine;
  return panel;
}

bool has_points(const std::vector<MetricLine>& lines, Field field) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const auto& line) { return (line.*field).has_value() && std::isfinite(*(line.*field)); });
}

}  // namespace

std::string curves_svg(const std::vector<MetricLine>& lines) {
  std::vector<PlotPanel> panels{loss_panel(lines), rate_panel(lines)};
  if (has_points(lines, &MetricLine::validation_loss))
    panels.push_back(
        validation_panel(lines, &MetricLine::validation_loss, {"", kGreen, PlotMark::kLineWithDots, 1, {}}));
  if (has_points(lines, &MetricLine::validation_accuracy))
    panels.push_back(
        validation_panel(lines, &MetricLine::validation_accuracy, {"", kViolet, PlotMark::kLineWithDots, 1, {}}));
  return draw_panels(panels, "step", "Curves of a training run");
}

}  // namespace llama32med
