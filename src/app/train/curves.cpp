#include "app/train/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/train/svg_plot.h"

namespace llama32med {
namespace {

constexpr std::size_t kMostDots = 2000, kMostLinePoints = 1200, kMostFlags = 200;
constexpr std::size_t kSmoothing = 25;  // the mean is over 1/25 of the run

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

bool lower(const PlotPoint& a, const PlotPoint& b) { return a.y < b.y; }

// Few points are marked one by one.
PlotSeries validation_series(const std::vector<PlotPoint>& points, const char* color) {
  return {"validation", color, points.size() > 60 ? PlotMark::kLine : PlotMark::kLineWithDots, 1,
          thinned(points, kMostLinePoints)};
}

// Training and validation loss on one axis, so that overfitting shows.
PlotPanel loss_panel(const std::vector<MetricLine>& lines) {
  const auto points = finite_points(lines, &MetricLine::loss);
  const auto validation = finite_points(lines, &MetricLine::validation_loss);
  const auto means = smoothed(points);
  PlotPanel panel{.title = "Loss",
                  .note = fmt::format("training {}", last_of(means)),
                  .height = 300,
                  .axis = PlotAxis::kLog,
                  .flags_name = "non-finite"};
  panel.series = {{"step", kPlotBlue, PlotMark::kDots, 0.22, dots_of(points)},
                  {"training", kPlotBlue, PlotMark::kLine, 1, thinned(means, kMostLinePoints)}};
  if (!validation.empty()) {
    const auto best = std::ranges::min_element(validation, lower);
    panel.note += fmt::format("; lowest validation {:.4g} at step {:.0f}", best->y, best->x);
    panel.series.push_back(validation_series(validation, kPlotGreen));
  }
  for (const auto& line : in_order(lines, &MetricLine::loss))
    if (!std::isfinite(*line.loss) && panel.flags.size() < kMostFlags)
      panel.flags.push_back(static_cast<double>(line.step));
  return panel;
}

PlotPanel rate_panel(const std::vector<MetricLine>& lines) {
  const auto points = finite_points(lines, &MetricLine::learning_rate);
  PlotPanel panel{.title = "Learning rate", .height = 90, .axis = PlotAxis::kZero};
  panel.series = {{"", kPlotOrange, PlotMark::kLine, 1, thinned(points, kMostLinePoints)}};
  return panel;
}

PlotPanel gradient_panel(const std::vector<MetricLine>& lines) {
  const auto points = finite_points(lines, &MetricLine::gradient_norm);
  PlotPanel panel{.title = "Gradient norm", .note = last_of(points), .height = 90, .axis = PlotAxis::kLog};
  panel.series = {{"", kPlotOrange, PlotMark::kDots, 0.4, dots_of(points)}};
  return panel;
}

PlotPanel accuracy_panel(const std::vector<MetricLine>& lines) {
  const auto points = finite_points(lines, &MetricLine::validation_accuracy);
  const auto best = std::ranges::max_element(points, lower);
  PlotPanel panel{.title = "Validation accuracy",
                  .note = fmt::format("highest {:.4g} at step {:.0f}", best->y, best->x),
                  .height = 130,
                  .axis = PlotAxis::kUnit};
  panel.series = {validation_series(points, kPlotViolet)};
  panel.series[0].name = "";
  return panel;
}

bool has_points(const std::vector<MetricLine>& lines, Field field) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const auto& line) { return (line.*field).has_value() && std::isfinite(*(line.*field)); });
}

}  // namespace

std::string curves_svg(const std::vector<MetricLine>& lines, const std::string& run) {
  std::vector<PlotPanel> panels{loss_panel(lines)};
  if (has_points(lines, &MetricLine::validation_accuracy)) panels.push_back(accuracy_panel(lines));
  panels.push_back(rate_panel(lines));
  if (has_points(lines, &MetricLine::gradient_norm)) panels.push_back(gradient_panel(lines));
  return draw_panels(panels, "step", run);
}

}  // namespace llama32med
