// Plots one below the other over a shared x axis, as a self-contained SVG.
#pragma once
#include <string>
#include <vector>

namespace llama32med {

struct PlotPoint {
  double x, y;
};

enum class PlotMark { kLine, kDots, kLineWithDots };

struct PlotSeries {
  std::string name;  // for the legend; "": not shown there
  std::string color;
  PlotMark mark = PlotMark::kLine;
  double opacity = 1;
  std::vector<PlotPoint> points;  // finite, rising in x
};

enum class PlotFloor { kData, kZero };  // where the y axis starts

struct PlotPanel {
  std::string title, note;  // the note follows the title
  double height = 0;        // height of the plot area
  PlotFloor floor = PlotFloor::kData;
  std::vector<PlotSeries> series;
  std::vector<double> flags;  // x values to mark on the axis
  std::string flags_name;
};

// At most about `count` points: the lowest and the highest of each slice of x.
std::vector<PlotPoint> thinned(const std::vector<PlotPoint>& points, std::size_t count);

std::string draw_panels(const std::vector<PlotPanel>& panels, const std::string& x_label, const std::string& title);

}  // namespace llama32med
