#include <algorithm>
#include <numeric>

#include "data/phantoms/anatomy.h"
#include "llama32med/core/random.h"
#include "llama32med/data/phantoms.h"

namespace llama32med {
namespace {

constexpr std::int64_t kCells = 3 * 3 * 4;  // organs, modalities, numbers of lesions
constexpr std::int64_t kKinds = 2 * 2 * 2;  // sides, sizes, tones

std::uint64_t key_of(const PhantomSeries& series, std::string_view kind, std::int64_t number) {
  return fnv1a64(fmt::format("phantom {} {} {}: {} {}", series.seed, enum_name(series.look), series.set, kind, number));
}

std::vector<std::int64_t> shuffled(std::int64_t count, RandomStream& random) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  random.shuffle(order);
  return order;
}

double between(double low, double high, RandomStream& random) { return low + (high - low) * random.uniform(); }

// The three lesion positions are above each other in the organ's half, so that lesions never touch.
std::vector<PhantomLesion> place_lesions(const PhantomScene& scene, std::int64_t count, RandomStream& random) {
  const auto field = lesion_field(scene.look, scene.organ);
  const double sign = scene.side == PhantomSide::kLeft ? -1 : 1;
  auto rows = shuffled(3, random);
  std::vector<PhantomLesion> lesions;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto row = static_cast<double>(rows[static_cast<std::size_t>(i)] - 1);
    const double x = sign * field.x + between(-0.07, 0.07, random);
    const double y = field.y + row * field.step + between(-0.02, 0.02, random);
    const double radius = scene.size == LesionSize::kLarge ? between(0.135, 0.15, random) : between(0.06, 0.07, random);
    lesions.push_back({x, y, radius});
  }
  return lesions;
}

}  // namespace

PhantomScene phantom_scene(const PhantomSeries& series, std::int64_t index) {
  const auto block = index / kCells, place = index % kCells;
  RandomStream order(key_of(series, "block", block));
  const auto cell = shuffled(kCells, order)[static_cast<std::size_t>(place)];
  // The kind of lesion in a cell repeats after 8 blocks; in between, every other kind occurs once.
  RandomStream rotation(key_of(series, "kinds", block / kKinds * kCells + cell));
  const auto kind = shuffled(kKinds, rotation)[static_cast<std::size_t>(block % kKinds)];
  PhantomScene scene;
  scene.look = series.look;
  scene.index = index;
  scene.organ = static_cast<PhantomOrgan>(cell % 3);
  scene.modality = static_cast<PhantomModality>(cell / 3 % 3);
  scene.side = static_cast<PhantomSide>(kind & 1);
  scene.size = static_cast<LesionSize>(kind >> 1 & 1);
  scene.tone = static_cast<LesionTone>(kind >> 2 & 1);
  scene.key = key_of(series, "scene", index);
  RandomStream random(scene.key);
  scene.lesions = place_lesions(scene, cell / 9, random);
  return scene;
}

}  // namespace llama32med
