// A gray image being drawn, in the coordinates of PhantomScene, and noise that is the same on every machine: only
// + - * / and square roots, which IEEE 754 defines to the last bit (the sources are compiled without contraction).
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "llama32med/image/picture.h"

namespace llama32med {

// Smooth noise in [-1, 1): random values on the integer grid, interpolated in between.
class Noise {
 public:
  explicit Noise(std::uint64_t key) : key_(key) {}
  double at(double x, double y) const;
  double rough(double x, double y) const;              // three octaves, about [-1, 1]
  double grain(std::int64_t x, std::int64_t y) const;  // independent per pixel, bell-shaped, deviation 0.58

 private:
  double corner(std::int64_t x, std::int64_t y) const;
  std::uint64_t key_;
};

// An ellipse, optionally rotated by the direction (cosine, sine) and with a noisy outline.
struct Ellipse {
  double x = 0, y = 0, a = 1, b = 1;
  double cosine = 1, sine = 0;
  double wobble = 0;  // amplitude of the outline's noise, as a share of the radius
};

class Canvas {
 public:
  Canvas(std::int64_t pixels, std::uint64_t key);

  // The approximate distance from the outline, negative inside.
  double distance(const Ellipse& shape, double x, double y) const;
  // Fills the shape with `tone`; its edge is blended over a width of `softness` (at least one pixel).
  void fill(const Ellipse& shape, double tone, double softness, double opacity = 1);
  // Draws the outline.
  void ring(const Ellipse& shape, double tone, double width, double opacity = 1);
  // Replaces every pixel by value(x, y, old).
  void change(const std::function<double(double x, double y, double old)>& value);
  // Adds a separate value to every pixel.
  void add_grain(double strength);

  const Noise& noise() const { return noise_; }
  Picture picture() const;  // 0 to 1 become 0 to 255

 private:
  double place(std::int64_t i) const { return (2 * static_cast<double>(i) + 1) / static_cast<double>(pixels_) - 1; }
  template <class Cover>
  void blend(const Ellipse& shape, double tone, double margin, const Cover& cover);

  std::int64_t pixels_;
  double pixel_;  // side length of a pixel
  Noise noise_;
  std::vector<double> values_;
};

}  // namespace llama32med
