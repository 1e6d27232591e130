#include "app/train/svg_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/common/xml.h"

namespace llama32med {
namespace {

constexpr double kWidth = 900, kLeft = 72, kRight = 24, kTop = 40;
constexpr double kHead = 30;  // above a plot area: title and legend
constexpr double kGap = 22;   // below it: tick labels
constexpr double kFoot = 24;  // x label
constexpr const char* kInk = "#1f2933";
constexpr const char* kPale = "#6b7785";
constexpr const char* kGrid = "#e4e8ed";
constexpr const char* kFlag = "#c62828";
constexpr const char* kPaper = "#ffffff";

struct SchemeColor {
  const char *light, *dark;
};
// Attributes hold the light colors, for viewers without styles; the style sheet replaces them in a dark scheme.
constexpr SchemeColor kColors[] = {{kInk, "#e5e7ea"},       {kPale, "#a3aab2"},       {kGrid, "#30363c"},
                                   {kFlag, "#ff8f85"},      {kPaper, "#14171a"},      {kPlotBlue, "#84bdff"},
                                   {kPlotGreen, "#7ddba3"}, {kPlotOrange, "#ffab70"}, {kPlotViolet, "#d2a8ff"}};

std::string style() {
  std::string rules;
  for (const auto& [light, dark] : kColors)
    rules += fmt::format("[fill=\"{0}\"]{{fill:{1}}}[stroke=\"{0}\"]{{stroke:{1}}}", light, dark);
  return fmt::format("<style>@media (prefers-color-scheme:dark){{{}}}</style>\n", rules);
}

struct Axis {
  double low = 0, high = 1;
  std::vector<double> ticks;
};

std::vector<double> round_ticks(double low, double high, int wanted) {
  const double rough = (high - low) / wanted, power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double nice : {5.0, 2.0, 1.0})
    if (nice * power >= rough) step = nice * power;
  std::vector<double> ticks;
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k) ticks.push_back(k * step + 0.0);
  return ticks;
}

Axis x_axis(const std::vector<PlotPanel>& panels) {
  Axis axis{INFINITY, -INFINITY, {}};
  const auto take = [&](double x) { axis.low = std::min(axis.low, x), axis.high = std::max(axis.high, x); };
  for (const auto& panel : panels) {
    for (const auto& series : panel.series)
      for (const auto& point : series.points) take(point.x);
    for (const double flag : panel.flags) take(flag);
  }
  if (axis.low > axis.high) axis.low = 0, axis.high = 1;
  if (axis.low == axis.high) axis.low -= 1, axis.high += 1;
  for (const double tick : round_ticks(axis.low, axis.high, 8))
    if (tick == std::floor(tick)) axis.ticks.push_back(tick);
  return axis;
}

// Dots beyond the middle 98 % may lie outside: a single outlier must not flatten the whole curve.
Axis y_range(const PlotPanel& panel) {
  Axis axis{INFINITY, -INFINITY, {}};
  for (const auto& series : panel.series) {
    std::vector<double> values;
    for (const auto& point : series.points)
      if (panel.axis != PlotAxis::kLog || point.y > 0) values.push_back(point.y);
    if (values.empty()) continue;
    std::sort(values.begin(), values.end());
    const auto outside = series.mark == PlotMark::kDots ? values.size() / 100 : 0;
    axis.low = std::min(axis.low, values[outside]);
    axis.high = std::max(axis.high, values[values.size() - 1 - outside]);
  }
  return axis;
}

// 1, 2 and 5 times powers of ten; round steps if these are too few.
std::vector<double> log_ticks(double low, double high) {
  std::vector<double> ticks;
  for (double power = std::pow(10, std::floor(std::log10(low))); power <= high; power *= 10)
    for (const double nice : {1.0, 2.0, 5.0})
      if (nice * power >= low && nice * power <= high) ticks.push_back(nice * power);
  if (ticks.size() > 9)
    std::erase_if(ticks, [](double tick) { return std::abs(std::remainder(std::log10(tick), 1)) > 1e-9; });
  return ticks.size() >= 2 ? ticks : round_ticks(low, high, 4);
}

Axis log_axis(Axis axis) {
  if (axis.low > axis.high) axis.low = 0.1, axis.high = 1;  // no positive value
  const double margin = axis.high > axis.low * 1.000001 ? std::pow(axis.high / axis.low, 0.06) : 1.5;
  axis.low /= margin, axis.high *= margin;
  axis.ticks = log_ticks(axis.low, axis.high);
  return axis;
}

Axis y_axis(const PlotPanel& panel) {
  auto axis = y_range(panel);
  if (panel.axis == PlotAxis::kLog) return log_axis(axis);
  if (panel.axis == PlotAxis::kUnit) return {0, 1, round_ticks(0, 1, 4)};
  if (axis.low > axis.high) axis.low = 0, axis.high = 1;
  const double range = axis.high - axis.low, size = std::max(std::abs(axis.high), 1e-12);
  const double margin = range > 1e-6 * size ? range * 0.06 : size * 0.5;
  axis.low = panel.axis == PlotAxis::kZero ? std::min(axis.low, 0.0) : axis.low - margin;
  axis.high += margin;
  axis.ticks = round_ticks(axis.low, axis.high, panel.height > 150 ? 6 : 4);
  return axis;
}

// Draws one panel: maps values to positions.
class Canvas {
 public:
  Canvas(const PlotPanel& panel, const Axis& x, double top)
      : panel_(panel), x_(x), y_(y_axis(panel)), top_(top), bottom_(top + panel.height) {}

  std::string draw(int id) const {
    auto out = frame() + heading() + legend();
    out += fmt::format(R"(<clipPath id="p{}"><rect x="{}" y="{}" width="{}" height="{}"/></clipPath>)", id, kLeft - 4,
                       top_ - 4, kWidth - kLeft - kRight + 8, panel_.height + 8);
    out += fmt::format("<g clip-path=\"url(#p{})\" fill=\"none\" stroke-linejoin=\"round\" stroke-linecap=\"round\">\n",
                       id);
    for (const auto& series : panel_.series) out += curve(series);
    return out + "</g>\n" + flags();
  }

 private:
  double px(double x) const { return kLeft + (x - x_.low) / (x_.high - x_.low) * (kWidth - kLeft - kRight); }
  double py(double y) const { return bottom_ - share(y) * panel_.height; }
  double share(double y) const {
    if (panel_.axis != PlotAxis::kLog) return (y - y_.low) / (y_.high - y_.low);
    return std::log(std::max(y, y_.low) / y_.low) / std::log(y_.high / y_.low);
  }

  std::string frame() const {
    std::string out;
    for (const double tick : y_.ticks) {
      const double y = py(tick);
      out += fmt::format(R"(<path d="M{} {:.1f}H{}" stroke="{}"/>)", kLeft, y, kWidth - kRight, kGrid);
      out += fmt::format(R"(<text x="{}" y="{:.1f}" text-anchor="end" fill="{}">{:.6g}</text>)", kLeft - 8, y + 4,
                         kPale, tick);
    }
    for (const double tick : x_.ticks) {
      const double x = px(tick);
      out += fmt::format(R"(<path d="M{:.1f} {}v4" stroke="{}"/>)", x, bottom_, kPale);
      out += fmt::format(R"(<text x="{:.1f}" y="{}" text-anchor="middle" fill="{}">{:.0f}</text>)", x, bottom_ + 17,
                         kPale, tick);
    }
    return out + fmt::format("<path d=\"M{} {}V{}H{}\" fill=\"none\" stroke=\"{}\"/>\n", kLeft, top_, bottom_,
                             kWidth - kRight, kPale);
  }

  std::string heading() const {
    return fmt::format(
        "<text x=\"{}\" y=\"{}\" fill=\"{}\"><tspan font-weight=\"bold\">{}</tspan> <tspan "
        "fill=\"{}\">{}</tspan></text>\n",
        kLeft, top_ - 10, kInk, panel_.title, kPale, panel_.note);
  }

  std::string legend() const {
    std::string out;
    double right = kWidth - kRight;
    const auto entry = [&](const std::string& name, const std::string& mark) {
      out += fmt::format(R"(<text x="{}" y="{}" text-anchor="end" fill="{}">{}</text>)", right, top_ - 10, kInk, name);
      right -= 8.4 * static_cast<double>(name.size()) + 26;
      out += fmt::format("<g transform=\"translate({} {})\">{}</g>\n", right, top_ - 14, mark);
      right -= 14;
    };
    if (!panel_.flags.empty())
      entry(panel_.flags_name, fmt::format(R"(<path d="M10 -4v8" stroke="{}" stroke-width="2"/>)", kFlag));
    for (auto series = panel_.series.rbegin(); series != panel_.series.rend(); ++series) {
      if (series->name.empty() || series->points.empty()) continue;
      std::string mark;
      if (series->mark != PlotMark::kDots)
        mark += fmt::format(R"(<path d="M0 0h20" stroke="{}" stroke-width="2"/>)", series->color);
      if (series->mark != PlotMark::kLine)
        mark += fmt::format(R"(<circle cx="10" r="3" fill="{}" fill-opacity="{}"/>)", series->color, series->opacity);
      entry(series->name, mark);
    }
    return out;
  }

  // Dots are zero-length lines with round ends: a quarter of the bytes of circles.
  std::string curve(const PlotSeries& series) const {
    std::string line, dots;
    for (const auto& point : series.points) {
      line += fmt::format("{}{:.1f} {:.1f}", line.empty() ? "M" : "L", px(point.x), py(point.y));
      dots += fmt::format("M{:.1f} {:.1f}h0", px(point.x), py(point.y));
    }
    std::string out;
    const auto path = [&](const std::string& d, double width) {
      out += fmt::format("<path d=\"{}\" stroke=\"{}\" stroke-width=\"{}\" stroke-opacity=\"{}\"/>\n", d, series.color,
                         width, series.opacity);
    };
    const bool alone = series.points.size() == 1;  // a line of one point would be invisible
    if (series.mark != PlotMark::kDots && !alone) path(line, 2);
    if (series.mark == PlotMark::kDots) path(dots, 3);
    if (series.mark == PlotMark::kLineWithDots || (alone && series.mark == PlotMark::kLine)) path(dots, 6);
    return out;
  }

  std::string flags() const {
    if (panel_.flags.empty()) return "";
    std::string d;
    for (const double flag : panel_.flags) d += fmt::format("M{:.1f} {}v-9", px(flag), bottom_);
    return fmt::format("<path d=\"{}\" stroke=\"{}\" stroke-width=\"2\"/>\n", d, kFlag);
  }

  const PlotPanel& panel_;
  const Axis& x_;
  Axis y_;
  double top_, bottom_;
};

}  // namespace

std::vector<PlotPoint> thinned(const std::vector<PlotPoint>& points, std::size_t count) {
  if (points.size() <= count || count < 2) return points;
  const auto slices = count / 2;
  std::vector<PlotPoint> kept;
  for (std::size_t i = 0; i < slices; ++i) {
    const auto begin = points.begin() + static_cast<std::ptrdiff_t>(i * points.size() / slices);
    const auto end = points.begin() + static_cast<std::ptrdiff_t>((i + 1) * points.size() / slices);
    const auto [low, high] = std::minmax_element(begin, end, [](const auto& a, const auto& b) { return a.y < b.y; });
    kept.push_back(*std::min(low, high));
    if (low != high) kept.push_back(*std::max(low, high));
  }
  return kept;
}

std::string draw_panels(const std::vector<PlotPanel>& panels, const std::string& x_label, const std::string& title) {
  double height = kTop + kFoot;
  for (const auto& panel : panels) height += kHead + panel.height + kGap;
  auto out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" "
      "font-family=\"sans-serif\" font-size=\"13\">\n<title>{2}</title>\n{3}<rect width=\"{0}\" height=\"{1}\" "
      "fill=\"{4}\"/>\n<text x=\"{5}\" y=\"26\" font-size=\"16\" font-weight=\"bold\" fill=\"{6}\">{2}</text>\n",
      kWidth, height, xml_escaped(title), style(), kPaper, kLeft, kInk);
  const auto x = x_axis(panels);
  double top = kTop;
  int id = 0;
  for (const auto& panel : panels) {
    out += Canvas(panel, x, top + kHead).draw(id++);
    top += kHead + panel.height + kGap;
  }
  out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"{}\">{}</text>\n",
                     (kLeft + kWidth - kRight) / 2, height - 12, kInk, x_label);
  return out + "</svg>\n";
}

}  // namespace llama32med
