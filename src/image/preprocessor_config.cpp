#include <algorithm>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/json_object.h"
#include "llama32med/image/mllama_image_processor.h"

namespace llama32med {
namespace {

constexpr IntegerRange kCount{1, 1 << 14};

std::array<float, 3> channels(const JsonObject& config, const char* key, bool (*allowed)(float)) {
  std::array<float, 3> values{};
  const auto listed = config.find(key) ? config.numbers(key) : std::vector<double>();
  if (listed.size() == 3)
    std::ranges::transform(listed, values.begin(), [](double x) { return static_cast<float>(x); });
  if (listed.size() != 3 || !std::ranges::all_of(values, allowed))
    config.refuse(key, fmt::format("three {}numbers", allowed(0) ? "" : "positive "));
  return values;
}

std::int64_t tile_size(const JsonObject& size) {
  const auto height = size.integer("height", kCount), width = size.integer("width", kCount);
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
  settings.max_tiles = config.integer("max_image_tiles", kCount);
  settings.scaling.mean = channels(config, "image_mean", [](float) { return true; });
  settings.scaling.std = channels(config, "image_std", [](float value) { return value > 0; });
  settings.scaling.rescale_factor = config.number("rescale_factor", settings.scaling.rescale_factor);
  return settings;
}

}  // namespace llama32med
