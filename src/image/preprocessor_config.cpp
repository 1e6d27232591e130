#include <algorithm>

#include "llama32med/core/config_json.h"
#include "llama32med/image/mllama_image_processor.h"

namespace llama32med {
namespace {

class Preprocessor {
 public:
  Preprocessor(const Json& json, std::string file) : json_(json), file_(std::move(file)) {
    if (!json_.is_object()) throw data_error("{}: must be an object {{...}}", file_);
  }

  void require(const char* key, const Json& supported) const {  // absent: transformers' default, which is supported
    const auto found = json_.find(key);
    if (found != json_.end() && !found->is_null() && *found != supported)
      throw data_error("{}: \"{}\" is {}, only {} is supported", file_, key, found->dump(), supported.dump());
  }

  double number(const Json& parent, const char* key) const {
    const auto found = parent.find(key);
    if (found == parent.end() || !found->is_number())
      throw data_error(
          "{}: \"{}\" must be a number; without it the released value cannot be told from transformers' "
          "defaults",
          file_, key);
    return found->get<double>();
  }

  std::int64_t count(const Json& parent, const char* key) const {
    const double value = number(parent, key);
    if (value < 1 || value > 1 << 14 || value != static_cast<double>(static_cast<std::int64_t>(value)))
      throw data_error("{}: \"{}\" must be a whole number from 1 to 16384, not {}", file_, key, value);
    return static_cast<std::int64_t>(value);
  }

  std::array<float, 3> channels(const char* key, bool (*allowed)(float)) const {
    const auto found = json_.find(key);
    const bool three = found != json_.end() && found->is_array() && found->size() == 3 &&
                       std::all_of(found->begin(), found->end(), [](const Json& item) { return item.is_number(); });
    std::array<float, 3> values{};
    if (three)
      std::transform(found->begin(), found->end(), values.begin(), [](const Json& j) { return j.get<float>(); });
    if (!three || !std::all_of(values.begin(), values.end(), allowed))
      throw data_error("{}: \"{}\" must be three {}numbers, not {}", file_, key, allowed(0) ? "" : "positive ",
                       found == json_.end() ? "absent" : found->dump());
    return values;
  }

  std::int64_t tile_size() const {
    const Json size = json_.value("size", Json::object());
    const auto height = count(size, "height"), width = count(size, "width");
    if (height != width) throw data_error("{}: \"size\" is {} x {}, tiles must be square", file_, height, width);
    return height;
  }

 private:
  const Json& json_;
  std::string file_;
};

}  // namespace

TileSettings read_preprocessor_config(const std::filesystem::path& folder) {
  const auto path = folder / "preprocessor_config.json";
  const Json json = read_json(path);
  const Preprocessor config(json, path.string());
  for (const char* step : {"do_convert_rgb", "do_resize", "do_rescale", "do_normalize", "do_pad"})
    config.require(step, true);
  config.require("resample", 2);  // bilinear
  TileSettings settings;
  settings.tile_size = config.tile_size();
  settings.max_tiles = config.count(json, "max_image_tiles");
  settings.scaling.mean = config.channels("image_mean", [](float) { return true; });
  settings.scaling.std = config.channels("image_std", [](float value) { return value > 0; });
  if (json.contains("rescale_factor")) settings.scaling.rescale_factor = config.number(json, "rescale_factor");
  return settings;
}

}  // namespace llama32med
