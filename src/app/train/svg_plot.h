// Plots one below the other over a shared x axis, as a self-contained SVG.
#pragma once
#include <string>
#include <vector>

namespace llama32med {

struct PlotPoint {
  double x, y;
};

inline constexpr const char* kPlotBlue = "#1f6feb";
inline constexpr const char* kPlotGreen = "#1a7f4b";
inline constexpr const char* kPlotOrange = "#c05a00";
inline constexpr const char* kPlotViolet = "#7a3fb5";

enum class PlotMark { kLine, kDots, kLineWithDots };

struct PlotSeries {
  std::string name;  // for the legend; "": not shown there
  std::string color;
  PlotMark mark = PlotMark::kLine;
  double opacity = 1;
  std::vector<PlotPoint> points;  // finite, rising in x
};

// The y axis: around the data; from zero; from zero to one; or logarithmic around the data, where values that are not
// positive lie on the lower edge.
enum class PlotAxis { kData, kZero, kUnit, kLog };

struct PlotPanel {
  std::string title, note;  // the note follows the title
  double height = 0;        // height of the plot area
  PlotAxis axis = PlotAxis::kData;
  std::vector<PlotSeries> series;
  std::vector<double> flags;  // x values to mark on the axis
  std::string flags_name;
};

// At most about `count` points: the lowest and the highest of each slice of x.
std::vector<PlotPoint> thinned(const std::vector<PlotPoint>& points, std::size_t count);

// The title is shown at the top. Colors follow the reader's light or dark scheme.
std::string draw_panels(const std::vector<PlotPanel>& panels, const std::string& x_label, const std::string& title);

}  // namespace llama32med
