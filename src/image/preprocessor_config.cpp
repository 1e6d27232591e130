#include <algorithm>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/json_object.h"
#include "llama32med/image/mllama_image_processor.h"

namespace llama32med {
namespace {

constexpr IntegerRange kSide{1, 1 << 14}, kTiles{1, 64};
// Colors are 0 to 1: a scale of 0 would make all images equal.
constexpr NumberRange kMean{-1000, 1000}, kDeviation{1e-6, 1000}, kRescale{1e-9, 1000};

std::array<float, 3> channels(const JsonObject& config, const char* key, NumberRange range) {
  std::array<float, 3> values{};
  const auto listed = config.numbers(key, range);
  if (listed.size() != values.size())
    config.refuse(key, fmt::format("three numbers from {} to {}", range.lowest, range.highest));
  std::ranges::transform(listed, values.begin(), [](double x) { return static_cast<float>(x); });
  return values;
}

std::int64_t tile_size(const JsonObject& size) {
  const auto height = size.integer("height", kSide), width = size.integer("width", kSide);
  if (height != width) size.fail("{} x {}, tiles must be square", height, width);
  return height;
}

}  // namespace

std::filesystem::path image_processor_file(const std::filesystem::path& folder) {
  const auto own = folder / "preprocessor_config.json", whole = folder / "processor_config.json";
  if (is_there(own)) return own;
  if (is_there(whole)) return whole;
  throw data_error("{}: has neither {} nor {}; copy one from the folder of the original model", folder.string(),
                   own.filename().string(), whole.filename().string());
}

// What is not written is not guessed: the released values differ from transformers' defaults.
TileSettings read_preprocessor_config(const std::filesystem::path& folder) {
  const auto path = image_processor_file(folder);
  const Json json = read_json(path);
  const JsonObject file(json, path.string());
  const auto config = path.filename() == "processor_config.json" ? file.section("image_processor") : file;
  for (const char* step : {"do_convert_rgb", "do_resize", "do_rescale", "do_normalize", "do_pad"})
    config.require_only(step, true);   // absent: transformers' default, which is supported
  config.require_only("resample", 2);  // bilinear
  TileSettings settings;
  settings.tile_size = tile_size(config.section("size"));
  settings.max_tiles = config.integer("max_image_tiles", kTiles);
  settings.scaling.mean = channels(config, "image_mean", kMean);
  settings.scaling.std = channels(config, "image_std", kDeviation);
  settings.scaling.rescale_factor = config.number("rescale_factor", kRescale, settings.scaling.rescale_factor);
  return settings;
}

}  // namespace llama32med
