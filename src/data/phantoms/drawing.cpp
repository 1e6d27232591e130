// Body parts as soft ellipses. A modality is a table of tissue tones and an effect on the whole image.
#include <algorithm>

#include "data/phantoms/anatomy.h"
#include "data/phantoms/canvas.h"
#include "llama32med/core/random.h"

namespace llama32med {
namespace {

struct Tissues {
  double air, skin, muscle, organ, lung, bone, fluid;  // tones, 0 black
  double bright, dark;                                 // lesions
};

Tissues clinic_tissues(PhantomModality modality) {
  switch (modality) {
    case PhantomModality::kXray:
      return {.air = 0.07,
              .skin = 0.26,
              .muscle = 0.46,
              .organ = 0.36,
              .lung = 0.29,
              .bone = 0.72,
              .fluid = 0.5,
              .bright = 0.9,
              .dark = 0.06};
    case PhantomModality::kCt:
      return {.air = 0.0,
              .skin = 0.2,
              .muscle = 0.5,
              .organ = 0.42,
              .lung = 0.3,
              .bone = 1.0,
              .fluid = 0.3,
              .bright = 0.92,
              .dark = 0.03};
    default:
      return {.air = 0.02,
              .skin = 0.88,
              .muscle = 0.3,
              .organ = 0.52,
              .lung = 0.48,
              .bone = 0.1,
              .fluid = 0.74,
              .bright = 1.0,
              .dark = 0.08};
  }
}

// On white paper.
Tissues atlas_tissues(PhantomModality modality) {
  switch (modality) {
    case PhantomModality::kXray:
      return {.air = 0.96,
              .skin = 0.84,
              .muscle = 0.66,
              .organ = 0.56,
              .lung = 0.68,
              .bone = 0.22,
              .fluid = 0.62,
              .bright = 0.98,
              .dark = 0.06};
    case PhantomModality::kCt:
      return {.air = 1.0,
              .skin = 0.78,
              .muscle = 0.4,
              .organ = 0.52,
              .lung = 0.62,
              .bone = 0.0,
              .fluid = 0.66,
              .bright = 1.0,
              .dark = 0.1};
    default:
      return {.air = 0.9,
              .skin = 0.3,
              .muscle = 0.72,
              .organ = 0.5,
              .lung = 0.46,
              .bone = 0.94,
              .fluid = 0.36,
              .bright = 0.96,
              .dark = 0.12};
  }
}

class Painter {
 public:
  Painter(const PhantomScene& scene, std::int64_t pixels)
      : scene_(scene),
        canvas_(pixels, scene.key ^ 0xD2A),
        random_(scene.key ^ 0xBEEF),
        clinic_(scene.look == PhantomLook::kClinic),
        tone_(clinic_ ? clinic_tissues(scene.modality) : atlas_tissues(scene.modality)) {}

  Picture paint() {
    canvas_.change([&](double, double, double) { return tone_.air; });
    if (scene_.modality == PhantomModality::kCt) scanner();
    switch (scene_.organ) {
      case PhantomOrgan::kChest:
        chest();
        break;
      case PhantomOrgan::kBrain:
        brain();
        break;
      case PhantomOrgan::kAbdomen:
        abdomen();
        break;
    }
    for (const auto& lesion : scene_.lesions) draw_lesion(lesion);
    if (clinic_) expose();
    return canvas_.picture();
  }

 private:
  double vary(double value, double share = 0.04) { return value * (1 + share * (2 * random_.uniform() - 1)); }

  // A body part: soft edges in the clinic look, a drawn outline in the atlas look.
  void part(Ellipse shape, double tone, double softness = 0.05) {
    shape.a = vary(shape.a), shape.b = vary(shape.b);
    canvas_.fill(shape, tone, clinic_ ? softness : 0.01);
    if (!clinic_) canvas_.ring(shape, tone > 0.5 ? tone - 0.3 : tone + 0.3, 0.02);
  }
  void pair(Ellipse shape, double tone, double softness = 0.05) {
    part(shape, tone, softness);
    shape.x = -shape.x, shape.sine = -shape.sine;
    part(shape, tone, softness);
  }

  // The circular field of view of a CT, and its table.
  void scanner() {
    const double low = clinic_ ? 0.1 : 0.9;
    canvas_.change([&](double x, double y, double old) { return x * x + y * y > 1.06 ? low : old; });
    canvas_.ring({.x = 0, .y = -1.4, .a = 2.6, .b = 2.34}, clinic_ ? 0.45 : 0.5, 0.025);
  }

  void chest() {
    part({.x = 0, .y = -0.86, .a = 0.2, .b = 0.3}, tone_.muscle);
    pair({.x = 0.6, .y = -0.52, .a = 0.38, .b = 0.22, .cosine = 0.93, .sine = 0.36}, tone_.skin);
    part({.x = 0, .y = 0.26, .a = 0.95, .b = 1.0, .wobble = 0.02}, tone_.skin);
    part({.x = 0, .y = 0.24, .a = 0.88, .b = 0.98, .wobble = 0.02}, tone_.muscle);
    pair({.x = clinic_ ? 0.44 : 0.42,
          .y = clinic_ ? -0.03 : 0.02,
          .a = 0.31,
          .b = 0.63,
          .cosine = 0.996,
          .sine = -0.09,
          .wobble = 0.05},
         tone_.lung, 0.06);
    chest_bones();
    part({.x = 0.1, .y = 0.42, .a = 0.17, .b = 0.25, .cosine = 0.9, .sine = -0.43, .wobble = 0.05},
         scene_.modality == PhantomModality::kMri ? tone_.fluid : tone_.muscle, 0.08);
    pair({.x = 0.45, .y = 0.86, .a = 0.42, .b = 0.24}, tone_.muscle, 0.06);
  }

  void chest_bones() {
    const bool film = scene_.modality == PhantomModality::kXray;
    for (int vertebra = 0; vertebra < 9; ++vertebra)
      canvas_.fill({.x = 0, .y = -0.88 + 0.21 * vertebra, .a = 0.075, .b = 0.085}, tone_.bone, 0.05, film ? 0.6 : 0.9);
    for (int rib = 0; rib < 6; ++rib)
      for (const double side : {-1.0, 1.0}) {
        const double y = -0.42 + 0.2 * rib;
        if (film)
          canvas_.ring({.x = side * 0.28, .y = y + 0.34, .a = 0.5, .b = 0.36, .cosine = 0.95, .sine = side * 0.3},
                       tone_.bone, 0.03, clinic_ ? 0.16 : 0.1);
        canvas_.fill({.x = side * (0.83 - 0.012 * rib * rib), .y = y, .a = 0.035, .b = 0.06}, tone_.bone, 0.03);
      }
    for (const double side : {-1.0, 1.0})
      canvas_.fill({.x = side * 0.36, .y = -0.66, .a = 0.32, .b = 0.035, .cosine = 0.98, .sine = side * 0.18},
                   tone_.bone, 0.03, film ? 0.7 : 1);
  }

  void brain() {
    const double narrow = clinic_ ? 1 : 1.06;
    part({.x = 0, .y = 0, .a = 0.8 * narrow, .b = 0.95, .wobble = 0.015}, tone_.skin);
    part({.x = 0, .y = 0, .a = 0.75 * narrow, .b = 0.9}, tone_.bone, 0.03);
    part({.x = 0, .y = 0, .a = 0.67 * narrow, .b = 0.81}, tone_.muscle, 0.03);
    if (clinic_) fold_cortex();
    for (const double side : {-1.0, 1.0})
      part({.x = side * 0.33, .y = 0, .a = 0.25, .b = 0.6, .wobble = 0.09}, tone_.organ, 0.08);
    canvas_.fill({.x = 0, .y = 0, .a = 0.012, .b = 0.8}, tone_.bone, 0.02, 0.6);
    pair({.x = 0.09, .y = -0.12, .a = 0.05, .b = 0.2, .cosine = 0.95, .sine = 0.3}, tone_.fluid, 0.03);
    pair({.x = 0.1, .y = 0.22, .a = 0.045, .b = 0.16, .cosine = 0.93, .sine = -0.36}, tone_.fluid, 0.03);
  }

  // Dark sulci in the gray matter, where the noise crosses zero.
  void fold_cortex() {
    const Ellipse outer{.x = 0, .y = 0, .a = 0.66, .b = 0.8};
    canvas_.change([&](double x, double y, double old) {
      if (canvas_.distance(outer, x, y) > 0) return old;
      const double ridge = canvas_.noise().at(9 * x, 9 * y);
      const double furrow = std::clamp(1 - 9 * ridge * ridge, 0.0, 1.0);
      return old + 0.4 * furrow * (tone_.fluid - old);
    });
  }

  void abdomen() {
    part({.x = 0, .y = 0, .a = 0.97, .b = 0.85, .wobble = 0.02}, tone_.skin);
    part({.x = 0, .y = 0, .a = 0.9, .b = 0.78, .wobble = 0.02}, tone_.muscle);
    part({.x = 0, .y = -0.02, .a = 0.82, .b = 0.68, .wobble = 0.03}, 0.5 * (tone_.skin + tone_.muscle));
    part({.x = -0.46, .y = 0, .a = 0.36, .b = 0.58, .cosine = 0.995, .sine = 0.1, .wobble = 0.07}, tone_.organ);
    part({.x = 0.46, .y = 0, .a = 0.33, .b = 0.56, .cosine = 0.995, .sine = -0.1, .wobble = 0.07}, tone_.organ);
    pair({.x = 0.2, .y = 0.38, .a = 0.09, .b = 0.15, .cosine = 0.9, .sine = 0.43, .wobble = 0.04}, tone_.fluid);
    part({.x = 0, .y = 0.56, .a = 0.15, .b = 0.12}, tone_.bone, 0.03);
    canvas_.fill({.x = 0, .y = 0.72, .a = 0.035, .b = 0.12}, tone_.bone, 0.03);
    pair({.x = 0.13, .y = 0.66, .a = 0.1, .b = 0.03, .cosine = 0.9, .sine = 0.43}, tone_.bone, 0.03);
    canvas_.fill({.x = 0.03, .y = 0.32, .a = 0.055, .b = 0.055}, tone_.fluid, 0.03);
    part({.x = 0.02, .y = -0.28, .a = 0.1, .b = 0.2, .wobble = 0.1}, tone_.muscle);
  }

  void draw_lesion(const PhantomLesion& lesion) {
    const double tone = scene_.tone == LesionTone::kBright ? tone_.bright : tone_.dark;
    const Ellipse shape{.x = lesion.x,
                        .y = lesion.y,
                        .a = vary(lesion.radius, 0.08),
                        .b = vary(lesion.radius, 0.08),
                        .wobble = clinic_ ? 0.12 : 0};
    canvas_.fill(shape, tone, clinic_ ? 0.045 : 0.01);
  }

  // Effects of the scanner: texture, uneven light, grain.
  void expose() {
    const auto modality = scene_.modality;
    const double lean = 2 * random_.uniform() - 1, drift = 2 * random_.uniform() - 1;
    canvas_.change([&](double x, double y, double old) {
      const double corner = x * x + y * y;
      const double texture = canvas_.noise().rough(7 * x, 7 * y);
      if (modality == PhantomModality::kXray) return old * (1.02 - 0.16 * corner + 0.05 * lean * x) + 0.02 * texture;
      if (modality == PhantomModality::kCt) return old + (old > 0.03 ? 0.02 * texture : 0);
      return old * (1 + 0.14 * lean * x + 0.14 * drift * y + 0.1 * texture) + 0.01;
    });
    canvas_.add_grain(modality == PhantomModality::kXray ? 0.025 : modality == PhantomModality::kCt ? 0.035 : 0.03);
  }

  const PhantomScene& scene_;
  Canvas canvas_;
  RandomStream random_;
  bool clinic_;
  Tissues tone_;
};

}  // namespace

Picture draw_phantom(const PhantomScene& scene, std::int64_t pixels) { return Painter(scene, pixels).paint(); }

}  // namespace llama32med
