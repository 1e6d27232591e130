// Medical-looking phantoms: images drawn by rule, with captions and questions whose answers are known by construction.
// Everything is a pure function of (seed, set, look, index) and the same on every machine, byte for byte.
//
// A scene is a body part in one modality, with 0 to 3 lesions of one kind on one side. "Left" and "right" are sides of
// the image; "bright" and "dark" compare a lesion with its surroundings.
//
// Two drawing styles ("looks") share vocabulary and answers but differ in tissue tones, outlines, noise, proportions
// and sentences: a model pre-trained on one has something to learn from the other.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "llama32med/core/config_fields.h"
#include "llama32med/image/picture.h"

namespace llama32med {

enum class PhantomLook {
  kClinic,  // dark background, soft edges, grain, uneven light
  kAtlas,   // white background, drawn outlines, even tones
};
constexpr auto names_of(PhantomLook) {
  return std::array{Named{"clinic", PhantomLook::kClinic}, Named{"atlas", PhantomLook::kAtlas}};
}
enum class PhantomOrgan { kChest, kBrain, kAbdomen };
enum class PhantomModality { kXray, kCt, kMri };
enum class PhantomSide { kLeft, kRight };
enum class LesionSize { kSmall, kLarge };
enum class LesionTone { kBright, kDark };

// Positions and lengths in half image sides: x to the right and y down, -1 to 1.
struct PhantomLesion {
  double x = 0, y = 0, radius = 0;
};

struct PhantomScene {
  PhantomLook look = PhantomLook::kClinic;
  PhantomOrgan organ = PhantomOrgan::kChest;
  PhantomModality modality = PhantomModality::kXray;
  PhantomSide side = PhantomSide::kLeft;  // side, size and tone are unused without lesions
  LesionSize size = LesionSize::kSmall;
  LesionTone tone = LesionTone::kBright;
  std::vector<PhantomLesion> lesions;  // 0 to 3
  std::int64_t index = 0;
  std::uint64_t key = 0;  // key of the random streams for details of drawing and wording
};

// Identifies an endless sequence of scenes. Each block of 36 scenes has every combination of organ, modality and number
// of lesions once.
struct PhantomSeries {
  std::uint64_t seed = 0;
  PhantomLook look = PhantomLook::kClinic;
  std::string set;  // "captions" or "vqa", which share no scenes
};
PhantomScene phantom_scene(const PhantomSeries& series, std::int64_t index);

// Gray, [pixels, pixels, 1].
Picture draw_phantom(const PhantomScene& scene, std::int64_t pixels);

std::string phantom_caption(const PhantomScene& scene);

struct PhantomQuestion {
  std::string question, answer;
  std::string answer_type;   // OPEN or CLOSED
  std::string content_type;  // SLAKE's words: Modality, Organ, Quantity, Abnormality, Position, Size, Color, KG
  bool needs_image = true;   // false: general knowledge, the same for every image
};
std::vector<PhantomQuestion> phantom_questions(const PhantomScene& scene);

std::string organ_name(PhantomOrgan organ);           // chest, brain, abdomen
std::string modality_name(PhantomModality modality);  // X-ray, CT, MRI

enum class PhantomPictures {
  kDrawn,
  kBlank,  // uniform gray: anything learned or answered comes from the text alone
};
constexpr auto names_of(PhantomPictures) {
  return std::array{Named{"drawn", PhantomPictures::kDrawn}, Named{"blank", PhantomPictures::kBlank}};
}

struct PhantomSetOptions {
  std::uint64_t seed = 0;
  PhantomLook look = PhantomLook::kClinic;
  std::int64_t images = 720;  // in each of the two sets: 80 % train, 10 % validate, 10 % test
  std::int64_t pixels = 64;   // per side
  PhantomPictures pictures = PhantomPictures::kDrawn;
};
struct PhantomSetReport {
  struct Split {
    std::string name;
    std::int64_t images = 0, captions = 0, questions = 0, image_questions = 0;
  };
  std::vector<Split> splits;
};

// Whether the README.md of a folder says that it holds phantoms.
bool is_phantom_set(const std::filesystem::path& folder);

// Writes folder/captions in ROCOv2's layout, folder/vqa in SLAKE's (with an extra field "needs_image"), and a README.md
// that says how they were made. Throws Error{kUsage} for fewer than 30 images or sizes outside 32 to 1024,
// Error{kResource} if the disk is full.
PhantomSetReport write_phantom_set(const std::filesystem::path& folder, const PhantomSetOptions& options);

}  // namespace llama32med
