#include "app/train/curves.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "app/train/svg_plot.h"
#include "llama32med/core/files.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace llama32med {
namespace {

std::string svg_of(const std::vector<MetricLine>& lines) { return curves_svg(lines, "runs & more, stage 1"); }

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

std::vector<MetricLine> long_run(std::int64_t steps) {
  std::vector<MetricLine> lines;
  for (std::int64_t i = 0; i < steps; ++i) {
    const double part = static_cast<double>(i) / static_cast<double>(steps);
    const double noise = std::sin(static_cast<double>(i * i % 7919)) * 0.4;
    lines.push_back({.step = i,
                     .loss = 3 * std::exp(-4 * part) + 0.5 + noise * (1 - part),
                     .learning_rate = 2e-4 * std::min(part / 0.03, 0.5 + 0.5 * std::cos(3.1416 * part))});
    if (i % (steps / 12 + 1) == steps / 12)
      lines.push_back({.step = i,
                       .validation_loss = 0.7 + 2.5 * std::exp(-5 * part) + 0.3 * part * part,
                       .validation_accuracy = 0.8 * part});
  }
  return lines;
}

// Every opened tag is closed, quotes are balanced, and all numbers are valid in SVG.
void expect_well_formed(const std::string& svg) {
  EXPECT_EQ(svg.rfind("<svg ", 0), 0U);
  EXPECT_EQ(svg.substr(svg.size() - 7), "</svg>\n");
  EXPECT_EQ(count(svg, "<"), count(svg, ">"));
  EXPECT_EQ(count(svg, "\"") % 2, 0U);
  EXPECT_EQ(count(svg, "<g"), count(svg, "</g>"));
  EXPECT_EQ(count(svg, "<text"), count(svg, "</text>"));
  for (const char* bad : {"nan", "inf", "<script", "href", "@import", "e+"}) EXPECT_EQ(count(svg, bad), 0U) << bad;
}

TEST(Curves, OnlyPanelsWithValuesAreDrawn) {
  const auto svg = svg_of(long_run(300));
  expect_well_formed(svg);
  for (const char* title : {">Loss<", "Learning rate", "; lowest validation", "Validation accuracy", ">validation<"})
    EXPECT_EQ(count(svg, title), 1U) << title;
  EXPECT_EQ(count(svg, "runs &amp; more, stage 1"), 2U);  // for the eye and for screen readers
  EXPECT_EQ(count(svg, "prefers-color-scheme:dark"), 1U);
  const auto plain = svg_of({{.step = 1, .loss = 2.0}, {.step = 2, .loss = 1.0}});
  expect_well_formed(plain);
  EXPECT_EQ(count(plain, "alidation"), 0U);
  EXPECT_EQ(count(plain, "Gradient norm"), 0U);
  EXPECT_EQ(count(svg_of({{.step = 1, .loss = 2.0, .gradient_norm = 3.0}}), "Gradient norm"), 1U);
}

// The y of each point of the first line, which is the mean of few losses.
std::vector<double> heights(const std::string& svg) {
  const auto begin = svg.find("stroke-opacity=\"1\"");
  const auto path = svg.substr(svg.rfind("d=\"", begin) + 3);
  std::vector<double> found;
  for (auto at = path.find(' '); at < path.find('"'); at = path.find(' ', at + 1))
    found.push_back(std::atof(&path[at]));
  return found;
}

TEST(Curves, LossIsLogarithmic) {
  const auto y = heights(svg_of(
      {{.step = 1, .loss = 10.0}, {.step = 2, .loss = 1.0}, {.step = 3, .loss = 0.1}, {.step = 4, .loss = 0.0}}));
  ASSERT_EQ(y.size(), 4U);
  EXPECT_NEAR(y[1] - y[0], y[2] - y[1], 0.11);
  EXPECT_GT(y[3], y[2]);  // zero is at the lower edge
}

TEST(Curves, DrawsWhateverARunLeaves) {
  expect_well_formed(svg_of({}));
  expect_well_formed(svg_of({{.step = 5, .loss = 1.25}}));
  expect_well_formed(svg_of({{.step = 5, .loss = 0.0, .learning_rate = 0.0}, {.step = 6, .loss = 0.0}}));
  expect_well_formed(svg_of({{.step = 1, .loss = kNan}, {.step = 2, .loss = kNan}}));
  expect_well_formed(svg_of({{.step = 1, .loss = INFINITY}, {.step = 2, .loss = 3.0, .validation_loss = kNan}}));
  expect_well_formed(svg_of({{.step = 9, .loss = 1.0}, {.step = 3, .loss = 2.0}, {.step = 9, .loss = 4.0}}));
}

TEST(Curves, NonFiniteStepsAreMarked) {
  const auto svg = svg_of({{.step = 1, .loss = 1.0}, {.step = 2, .loss = kNan}, {.step = 3, .loss = 0.5}});
  EXPECT_EQ(count(svg, "non-finite"), 1U);
  EXPECT_EQ(count(svg_of({{.step = 1, .loss = 1.0}}), "non-finite"), 0U);
}

TEST(Curves, ALongRunIsThinned) {
  auto lines = long_run(100000);
  lines[50000].loss = 40;  // one wild step
  const auto svg = svg_of(lines);
  expect_well_formed(svg);
  EXPECT_LT(svg.size(), 200000U);
  if (const char* folder = std::getenv("LLAMA32MED_KEEP_CURVES")) {  // to inspect by eye
    write_file(std::string(folder) + "/long.svg", svg);
    write_file(std::string(folder) + "/short.svg", svg_of(long_run(300)));
    write_file(std::string(folder) + "/one.svg", svg_of({{.step = 5, .loss = 1.25, .learning_rate = 1e-4}}));
    write_file(std::string(folder) + "/none.svg", svg_of({}));
    auto broken = long_run(40);
    broken[10].loss = broken[11].loss = kNan;
    write_file(std::string(folder) + "/broken.svg", svg_of(broken));
  }
}

TEST(Curves, ThinningKeepsExtremesAndOrder) {
  std::vector<PlotPoint> points;
  for (int i = 0; i < 1000; ++i) points.push_back({static_cast<double>(i), i == 333 ? 9.0 : i == 700 ? -9.0 : 0.0});
  const auto kept = thinned(points, 50);
  EXPECT_LE(kept.size(), 50U);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.x < b.x; }));
  for (const double extreme : {9.0, -9.0})
    EXPECT_TRUE(std::any_of(kept.begin(), kept.end(), [&](const auto& point) { return point.y == extreme; }));
  EXPECT_EQ(thinned(points, 1000).size(), 1000U);
}

}  // namespace
}  // namespace llama32med
