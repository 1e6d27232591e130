// Plots beneath each other over one x axis, as a self-contained SVG.
#pragma once
#include <string>
#include <vector>

namespace llama32med {

struct PlotPoint {
  double x, y;
};

enum class PlotMark { kLine, kDots, kLineWithDots };

struct PlotSeries {
  std::string name;  // for the legend; "": not in it
  std::string color;
  PlotMark mark = PlotMark::kLine;
  double opacity = 1;
  std::vector<PlotPoint> points;  // finite, rising in x
};

enum class PlotFloor { kData, kZero };  // where the y axis begins

struct PlotPanel {
  std::string title, note;  // the note stands behind the title
  double height = 0;        // of the plot area
  PlotFloor floor = PlotFloor::kData;
  std::vector<PlotSeries> series;
  std::vector<double> flags;  // x of what deserves a mark on the axis
  std::string flags_name;
};

// At most about `count` points: of each slice of x the lowest and the highest.
std::vector<PlotPoint> thinned(const std::vector<PlotPoint>& points, std::size_t count);

std::string draw_panels(const std::vector<PlotPanel>& panels, const std::string& x_label, const std::string& title);

}  // namespace llama32med
