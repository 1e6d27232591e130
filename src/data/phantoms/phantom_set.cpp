#include <algorithm>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/files.h"
#include "llama32med/data/phantoms.h"
#include "llama32med/image/png.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

struct Range {
  const char* name;
  std::int64_t begin, end;
};

// Split by image: no scene is in two splits.
std::vector<Range> split_ranges(std::int64_t images) {
  const auto held_out = images / 10;
  const auto train = images - 2 * held_out;
  return {{"train", 0, train}, {"validate", train, train + held_out}, {"test", train + held_out, images}};
}

std::string location_name(PhantomOrgan organ) {  // SLAKE's names
  return organ == PhantomOrgan::kChest ? "Lung" : organ == PhantomOrgan::kBrain ? "Brain" : "Abdomen";
}

void write_picture(const fs::path& path, const PhantomScene& scene, const PhantomSetOptions& options) {
  auto picture = draw_phantom(scene, options.pixels);
  if (options.pictures == PhantomPictures::kBlank)
    std::fill(picture.pixels.begin(), picture.pixels.end(), std::uint8_t{128});
  write_file(path, encode_png(picture), Durability::kSystem);
}

std::int64_t write_captions(const fs::path& folder, const Range& range, const PhantomSetOptions& options) {
  const std::string word = std::string(range.name) == "validate" ? "valid" : range.name;
  const PhantomSeries series{options.seed, options.look, "captions"};
  std::string table = "ID,Caption\n";
  for (auto index = range.begin; index < range.end; ++index) {
    const auto scene = phantom_scene(series, index);
    const auto id = fmt::format("phantom_{}_{:06}", word, index + 1);
    write_picture(folder / word / (id + ".png"), scene, options);
    table += fmt::format("{},\"{}\"\n", id, phantom_caption(scene));
  }
  write_file(folder / (word + "_captions.csv"), table);
  return range.end - range.begin;
}

Json question_row(const PhantomScene& scene, const PhantomQuestion& question, const std::string& image,
                  std::int64_t id) {
  return {{"img_id", scene.index + 1},
          {"img_name", image},
          {"question", question.question},
          {"answer", question.answer},
          {"q_lang", "en"},
          {"location", location_name(scene.organ)},
          {"modality", modality_name(scene.modality)},
          {"answer_type", question.answer_type},
          {"base_type", question.needs_image ? "vqa" : "kvqa"},
          {"content_type", question.content_type},
          {"triple", {"vhead", "_", "_"}},
          {"qid", id},
          {"needs_image", question.needs_image ? "yes" : "no"}};
}

// Adds the counts to `split`.
void write_questions(const fs::path& folder, const Range& range, const PhantomSetOptions& options,
                     PhantomSetReport::Split& split) {
  static constexpr std::int64_t kIdsAnImage = 16;
  const PhantomSeries series{options.seed, options.look, "vqa"};
  Json rows = Json::array();
  for (auto index = range.begin; index < range.end; ++index) {
    const auto scene = phantom_scene(series, index);
    const auto image = fmt::format("xmlab{}/source.png", index + 1);
    write_picture(folder / "imgs" / image, scene, options);
    auto id = index * kIdsAnImage;
    for (const auto& question : phantom_questions(scene)) {
      rows.push_back(question_row(scene, question, image, id++));
      split.image_questions += question.needs_image ? 1 : 0;
    }
  }
  split.questions = std::ssize(rows);
  write_file(folder / (std::string(range.name) + ".json"), rows.dump(1) + "\n");
}

constexpr const char* kTitle = "# Phantoms: drawn, not taken";

std::string readme(const PhantomSetOptions& options, const PhantomSetReport& report) {
  auto text = fmt::format(
      "{}\n\n"
      "Medical-looking images drawn by rule, with captions and questions whose answers are known by construction. "
      "They show no real person and teach no medicine. Made by\n\n"
      "    llama32med data phantoms --seed {} --look {} --images {} --pixels {} --pictures {} --out DIR\n\n"
      "which writes the same bytes on every machine. `captions/` has the layout of ROCOv2 (read it as `rocov2`), "
      "`vqa/` has that of SLAKE (read it as `slake`). No image is in two splits. In `vqa/`, `needs_image` says "
      "whether a question needs its image to be answered.\n\n"
      "| split | captioned images | images asked about | questions | of which need the image "
      "|\n|---|---:|---:|---:|---:|\n",
      kTitle, options.seed, enum_name(options.look), options.images, options.pixels, enum_name(options.pictures));
  for (const auto& split : report.splits)
    text += fmt::format("| {} | {} | {} | {} | {} |\n", split.name, split.captions, split.images, split.questions,
                        split.image_questions);
  return text + "\nDedicated to the public domain (CC0 1.0).\n";
}

void check(const PhantomSetOptions& options) {
  if (options.images < 30 || options.images > 1'000'000)
    throw usage_error("phantoms: --images {} must be 30 to 1000000", options.images);
  if (options.pixels < 32 || options.pixels > 1024)
    throw usage_error("phantoms: --pixels {} must be 32 to 1024", options.pixels);
}

}  // namespace

bool is_phantom_set(const fs::path& folder) {
  const auto file = folder / "README.md";
  return is_there(file) && read_file(file).starts_with(kTitle);
}

PhantomSetReport write_phantom_set(const fs::path& folder, const PhantomSetOptions& options) {
  check(options);
  make_folder(folder);
  PhantomSetReport report;
  for (const auto& range : split_ranges(options.images)) {
    PhantomSetReport::Split split{.name = range.name, .images = range.end - range.begin};
    split.captions = write_captions(folder / "captions", range, options);
    write_questions(folder / "vqa", range, options, split);
    report.splits.push_back(split);
  }
  write_file(folder / "README.md", readme(options, report));
  return report;
}

}  // namespace llama32med
