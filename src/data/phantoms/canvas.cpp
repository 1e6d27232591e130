#include "data/phantoms/canvas.h"

#include <algorithm>
#include <cmath>

#include "llama32med/core/random.h"

namespace llama32med {
namespace {

double smooth(double t) { return t * t * (3 - 2 * t); }
double unit(double t) { return std::clamp(t, 0.0, 1.0); }

}  // namespace

double Noise::corner(std::int64_t x, std::int64_t y) const {
  const auto place = static_cast<std::uint64_t>(x) * 0x9E3779B1U + static_cast<std::uint64_t>(y);
  return static_cast<double>(splitmix64_at(key_, place) >> 11) * 0x1.0p-52 - 1;
}

double Noise::at(double x, double y) const {
  const double left = std::floor(x), top = std::floor(y);
  const auto i = static_cast<std::int64_t>(left), j = static_cast<std::int64_t>(top);
  const double u = smooth(x - left), v = smooth(y - top);
  const double above = corner(i, j) + u * (corner(i + 1, j) - corner(i, j));
  const double below = corner(i, j + 1) + u * (corner(i + 1, j + 1) - corner(i, j + 1));
  return above + v * (below - above);
}

double Noise::rough(double x, double y) const {
  return (at(x, y) + 0.5 * at(2 * x + 17, 2 * y + 5) + 0.25 * at(4 * x + 41, 4 * y + 29)) / 1.3;
}

double Noise::grain(std::int64_t x, std::int64_t y) const {
  return corner(x + 1'000'003, y) + corner(x + 2'000'003, y) + corner(x + 3'000'017, y) - corner(x + 4'000'037, y);
}

Canvas::Canvas(std::int64_t pixels, std::uint64_t key)
    : pixels_(pixels), pixel_(2 / static_cast<double>(pixels)), noise_(key) {
  values_.resize(static_cast<std::size_t>(pixels * pixels));
}

double Canvas::distance(const Ellipse& shape, double x, double y) const {
  const double dx = x - shape.x, dy = y - shape.y;
  const double u = dx * shape.cosine + dy * shape.sine, v = dy * shape.cosine - dx * shape.sine;
  const double f = std::sqrt(u * u / (shape.a * shape.a) + v * v / (shape.b * shape.b));
  if (f < 1e-6) return -std::min(shape.a, shape.b);
  const double gu = u / (shape.a * shape.a), gv = v / (shape.b * shape.b);
  const double slope = std::sqrt(gu * gu + gv * gv) / f;  // gradient length of f
  double edge = 1;
  if (shape.wobble > 0) edge += shape.wobble * noise_.at(3 * dx / f + 100 * shape.x, 3 * dy / f + 100 * shape.y);
  return (f - edge) / slope;
}

template <class Cover>
void Canvas::blend(const Ellipse& shape, double tone, double margin, const Cover& cover) {
  const double reach = std::max(shape.a, shape.b) * (1 + shape.wobble) + margin + pixel_;
  const auto index = [&](double at) {
    return std::clamp(static_cast<std::int64_t>(std::floor((at + 1) / pixel_)), std::int64_t{0}, pixels_);
  };
  const auto left = index(shape.x - reach), right = index(shape.x + reach + pixel_);
  for (auto j = index(shape.y - reach), end = index(shape.y + reach + pixel_); j < end; ++j)
    for (auto i = left; i < right; ++i) {
      double& value = values_[static_cast<std::size_t>(j * pixels_ + i)];
      value += cover(distance(shape, place(i), place(j))) * (tone - value);
    }
}

void Canvas::fill(const Ellipse& shape, double tone, double softness, double opacity) {
  const double width = std::max(softness, pixel_);
  blend(shape, tone, width, [&](double distance) { return opacity * smooth(unit(0.5 - distance / width)); });
}

void Canvas::ring(const Ellipse& shape, double tone, double width, double opacity) {
  const double thick = std::max(width, pixel_);
  blend(shape, tone, thick, [&](double distance) {
    const double from_line = std::abs(distance) / thick;
    return opacity * smooth(unit(1.5 - 2 * from_line));
  });
}

void Canvas::change(const std::function<double(double, double, double)>& value) {
  for (std::int64_t j = 0; j < pixels_; ++j)
    for (std::int64_t i = 0; i < pixels_; ++i) {
      double& old = values_[static_cast<std::size_t>(j * pixels_ + i)];
      old = value(place(i), place(j), old);
    }
}

void Canvas::add_grain(double strength) {
  for (std::int64_t j = 0; j < pixels_; ++j)
    for (std::int64_t i = 0; i < pixels_; ++i)
      values_[static_cast<std::size_t>(j * pixels_ + i)] += strength * noise_.grain(i, j);
}

Picture Canvas::picture() const {
  Picture picture{{pixels_, pixels_}, 1, {}};
  picture.pixels.reserve(values_.size());
  for (const double value : values_) picture.pixels.push_back(static_cast<std::uint8_t>(unit(value) * 255 + 0.5));
  return picture;
}

}  // namespace llama32med
