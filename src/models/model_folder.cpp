#include "llama32med/models/model_folder.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/json_object.h"
#include "llama32med/weights/folders.h"

namespace llama32med {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfig = "config.json";
constexpr const char* kStops = "eos_token_id";
constexpr IntegerRange kTokens{1, 1'000'000'000};

// What a folder without config.json, or a file in place of a folder, may be.
struct OtherFormat {
  const char* begin;  // the name of a file that tells it begins and ends so
  const char* end;
  const char* what;
};
constexpr OtherFormat kOtherFormats[] = {
    {"adapter_config", ".json",
     "is an adapter, not a model; pass it with --adapter, and the model it was trained on with --model"},
    {"consolidated", ".pth",
     "has Meta's original layout (params.json, consolidated.*.pth), which is not supported; download the Hugging Face "
     "layout of this model, with config.json and safetensors files"},
    {"params", ".json",
     "has Meta's original layout (params.json, consolidated.*.pth), which is not supported; download the Hugging Face "
     "layout of this model, with config.json and safetensors files"},
    {"", ".gguf",
     "is in llama.cpp's GGUF format, which is not supported; pass the Hugging Face checkpoint it was made from, with "
     "config.json and safetensors files"},
    {"", ".safetensors",
     "has safetensors files but no config.json; pass the folder that has both, or download config.json, "
     "generation_config.json and the tokenizer as well"},
    {"", ".bin", "has weights as a Python pickle and no config.json; pass a Hugging Face checkpoint with safetensors"},
    {"", ".pth", "has weights as a Python pickle and no config.json; pass a Hugging Face checkpoint with safetensors"},
};

std::vector<std::string> file_names(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : entries_of(folder)) names.push_back(entry.filename().string());
  return names;
}

std::optional<std::string> other_format(const std::vector<std::string>& names) {
  for (const auto& format : kOtherFormats) {
    const auto fits = [&](const auto& name) { return name.starts_with(format.begin) && name.ends_with(format.end); };
    if (std::ranges::any_of(names, fits)) return format.what;
  }
  return std::nullopt;
}

[[noreturn]] void refuse_folder(const fs::path& folder) {
  const auto shown = folder.string();
  if (const auto format = other_format(file_names(folder))) {
    const auto parent = canonical_path(folder).parent_path();  // the right one, if this is original/
    const auto hint = is_there(parent / kConfig) ? fmt::format("; {} has a {}", parent.string(), kConfig) : "";
    throw data_error("{}: {}{}", shown, *format, hint);
  }
  for (const auto& place : {folder, folder / "snapshots"})
    if (const auto inner = subfolder_with(place, kConfig))
      throw data_error("{}: has no {}, but {} has one; pass that folder", shown, kConfig, inner->string());
  throw data_error(
      "{}: has no {}; --model takes the folder of a Hugging Face checkpoint: {}, safetensors files, tokenizer", shown,
      kConfig, kConfig);
}

// The settings of the text model: a section of its own, or the top level in models without one.
Json& text_settings(Json& config) {
  const auto found = config.find("text_config");
  return found != config.end() && found->is_object() ? *found : config;
}

void add_stops(Json& united, const Json& settings) {
  const auto found = settings.find(kStops);
  if (found == settings.end() || found->is_null()) return;
  for (const auto& stop : found->is_array() ? *found : Json::array({*found}))
    if (std::ranges::find(united, stop) == united.end()) united.push_back(stop);
}

// {"eos_token_id": [..]} of generation_config.json; without the key if the file or the key is absent.
Json generation_stops(const fs::path& folder, const Json& text) {
  const auto path = folder / "generation_config.json";
  if (!is_there(path)) return Json::object();
  const auto json = read_json(path);
  const JsonObject config(json, path.string());
  if (!config.has(kStops)) return Json::object();
  const auto tokens = JsonObject(text, (folder / kConfig).string()).integer("vocab_size", kTokens, kTokens.highest);
  return {{kStops, config.integers(kStops, {0, tokens - 1})}};
}

}  // namespace

void require_model_folder(const fs::path& folder) {
  if (is_folder(folder)) {
    if (!is_there(folder / kConfig)) refuse_folder(folder);
    return;
  }
  if (!is_there(folder))
    throw data_error("{}: not a folder; --model takes a Hugging Face checkpoint folder{}", folder.string(),
                     hub_advice(folder));
  if (const auto format = other_format({folder.filename().string()}))
    throw data_error("{}: not a folder: the file {}", folder.string(), *format);
  throw data_error("{}: is a file, not a folder; --model takes a Hugging Face checkpoint folder", folder.string());
}

Json read_model_config(const fs::path& folder) {
  require_model_folder(folder);
  auto config = read_json(folder / kConfig);
  if (!config.is_object()) return config;  // refused where it is read
  auto& text = text_settings(config);
  Json stops = Json::array();
  add_stops(stops, text);
  add_stops(stops, config);
  add_stops(stops, generation_stops(folder, text));
  if (!stops.empty()) text[kStops] = std::move(stops);
  return config;
}

}  // namespace llama32med
