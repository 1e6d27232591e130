#include "app/model/inspect.h"

#include <ATen/core/Tensor.h>

#include <algorithm>

#include "llama32med/batch/collator.h"
#include "llama32med/core/config_json.h"
#include "llama32med/core/error.h"
#include "llama32med/core/file_system.h"
#include "llama32med/core/json_lines.h"
#include "llama32med/core/json_object.h"
#include "llama32med/models/backbone_kind.h"
#include "llama32med/peft/adapter_folder.h"
#include "llama32med/tensor/dtype.h"
#include "llama32med/text/tokenizer.h"
#include "llama32med/weights/checkpoint.h"

namespace llama32med {
namespace {

template <class Source>
Json list_tensors(const Source& source) {
  Json tensors = Json::array();
  std::int64_t parameters = 0, bytes = 0;
  for (const auto& name : source.names()) {
    const auto info = source.info(name);
    std::int64_t count = 1;
    for (const auto side : info.shape) count *= side;
    parameters += count;
    bytes += count * static_cast<std::int64_t>(c10::elementSize(info.dtype));
    tensors.push_back({{"name", name}, {"dtype", dtype_name(info.dtype)}, {"shape", info.shape}});
  }
  return {{"parameters", parameters}, {"bytes", bytes}, {"tensors", std::move(tensors)}};
}

ModelNames names_if_known(const std::filesystem::path& folder) {
  return is_there(folder / "config.json") ? model_names(folder) : ModelNames();
}

// An adapter does not say which kind of model it is for, so this finds the first kind that has all of its modules.
const ModelNames& names_that_fit(const std::filesystem::path& folder) {
  const auto known = known_model_names();
  const auto fits = [&](const ModelNames* names) {
    try {
      const AdapterFolder adapter(folder, *names);
      for (const auto& module : adapter.modules()) names->part_of(module);
      return true;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kResource) throw;
      return false;
    }
  };
  const auto found = std::ranges::find_if(known, fits);
  return found == known.end() ? *known.front() : **found;  // its error message says what is wrong
}

std::int64_t adapter_parameters(const AdapterFolder& adapter, const std::string& module) {
  std::int64_t count = 0;
  for (const auto* factor : {".lora_A.weight", ".lora_B.weight", ".lora_magnitude_vector"})
    if (adapter.has(module + factor)) count += c10::multiply_integers(adapter.info(module + factor).shape);
  return count;
}

}  // namespace

Json inspect_weights(const std::filesystem::path& path) {
  if (is_folder(path)) return list_tensors(Checkpoint(path, names_if_known(path)));
  return list_tensors(SafetensorsFile(path));
}

bool is_adapter(const std::filesystem::path& path) { return is_there(path / "adapter_config.json"); }

Json inspect_adapter(const std::filesystem::path& path) {
  const auto& names = names_that_fit(path);
  const AdapterFolder adapter(path, names);
  const auto config = adapter_config_json(adapter.spec());
  Json result = {{"rank", config["r"]},
                 {"alpha", config["lora_alpha"]},
                 {"rslora", adapter.spec().rslora},
                 {"dora", adapter.spec().dora}};
  for (const auto* key : {"target_modules", "rank_pattern", "alpha_pattern", "modules_to_save"})
    result[key] = config[key];
  result["base_model"] = config["base_model_name_or_path"];
  result["parts"] = Json::object();
  for (const auto& module : adapter.modules()) {
    auto& part = result["parts"][enum_name(names.part_of(module))];
    if (part.is_null()) part = {{"modules", 0}, {"parameters", 0}};
    part["modules"] = part["modules"].get<std::int64_t>() + 1;
    part["parameters"] = part["parameters"].get<std::int64_t>() + adapter_parameters(adapter, module);
  }
  result.update(list_tensors(adapter));
  return result;
}

Json inspect_text(const std::filesystem::path& model, const std::string& text) {
  const auto tokenizer = load_tokenizer(model);
  const auto ids = tokenizer->encode(text);
  Json tokens = Json::array();
  for (const auto id : ids) tokens.push_back(replace_invalid_utf8(tokenizer->decode({id}, SpecialTokens::kKeep)));
  return {{"ids", ids}, {"tokens", std::move(tokens)}};
}

std::string inspect_text_file(const std::filesystem::path& model, const std::filesystem::path& file) {
  const auto tokenizer = load_tokenizer(model);
  std::string out;
  for_each_json_line(file, [&](const Json& line, const std::string& where) {
    out += json_line({{"ids", tokenizer->encode(JsonObject(line, where).text("text"))}}) + "\n";
  });
  return out;
}

Json inspect_image(const std::filesystem::path& model, const std::filesystem::path& image,
                   const ImageProcessorConfig& config, const std::filesystem::path& tiles_out) {
  const auto processed = (*load_processor(model, config).images)(image);
  if (!tiles_out.empty()) write_safetensors(tiles_out, {{"tiles", bytes_tensor(processed)}});
  const auto sides = [](ImageSize size) { return Json{size.height, size.width}; };
  return {{"aspect_ratio_id", processed.aspect_ratio_id},
          {"tiles", processed.extent.grid.count()},
          {"tokens", processed.extent.tokens},
          {"source", sides(processed.source)},
          {"resized", sides(processed.resized)},
          {"canvas", sides(processed.canvas)}};
}

}  // namespace llama32med
